/** Where patches are cut: one file's, and all of a pull request's together. */
export const PATCH_LIMITS = { fileCharacters: 64 * 1024, totalBytes: 2 * 1024 * 1024 } as const

/**
 * Cuts the output of `git diff --patch` into one patch a file, in git's order, each without its `diff --git` header lines up to
 * the first hunk. Null for a file whose patch is too large or was cut off. A line that starts with `diff --git ` is always
 * a header: lines of content carry a prefix, and line breaks in file names are quoted.
 */
export function splitPatches(
  output: Uint8Array,
  truncated: boolean,
  sectionsOfFiles: readonly number[],
): (string | null)[] {
  const text = new TextDecoder().decode(output)
  const starts = [...text.matchAll(/^diff --git /gm)].map((match) => match.index)
  let section = 0
  return sectionsOfFiles.map((sections) => {
    const own = starts.slice(section, section + sections)
    section += sections
    const end = starts[section] ?? text.length
    const start = own[0]
    if (start === undefined || (truncated && end === text.length)) return null
    if (end - start > PATCH_LIMITS.fileCharacters) return null
    return own.map((from, index) => hunks(text.slice(from, own[index + 1] ?? end))).join('')
  })
}

function hunks(section: string): string {
  const first = section.search(/^@@ /m)
  return first === -1 ? '' : section.slice(first)
}
