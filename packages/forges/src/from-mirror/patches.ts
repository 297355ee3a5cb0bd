/** Where patches end, in characters: one file's in the details of a pull request, all together there, and one asked for singly. */
export const PATCH_LIMITS = {
  file: 200 * 1024,
  together: 2 * 1024 * 1024,
  /** Bytes of a diff that are looked through for the patches that fit. */
  readBytes: 16 * 1024 * 1024,
  singly: 4 * 1024 * 1024,
} as const

/**
 * Cuts the output of `git diff --patch` into one patch a file, in git's order, each without its `diff --git` header lines up to
 * the first hunk. Null for a file whose patch is too large, was cut off, or does not fit any more with those before it: one
 * huge file doesn't hide the small ones after it. A line that starts with `diff --git ` is always a header: lines of
 * content carry a prefix, and line breaks in file names are quoted.
 */
export function splitPatches(
  output: Uint8Array,
  truncated: boolean,
  sectionsOfFiles: readonly number[],
): (string | null)[] {
  const text = new TextDecoder().decode(output)
  const starts = [...text.matchAll(/^diff --git /gm)].map((match) => match.index)
  let section = 0
  let room: number = PATCH_LIMITS.together
  return sectionsOfFiles.map((sections) => {
    const own = starts.slice(section, section + sections)
    section += sections
    const end = starts[section] ?? text.length
    const start = own[0]
    if (start === undefined || (truncated && end === text.length)) return null
    if (end - start > PATCH_LIMITS.file) return null
    const patch = own.map((from, index) => hunks(text.slice(from, own[index + 1] ?? end))).join('')
    if (patch.length > room) return null
    room -= patch.length
    return patch
  })
}

/** A section of a diff from its first hunk on. */
export function hunks(section: string): string {
  const first = section.search(/^@@ /m)
  return first === -1 ? '' : section.slice(first)
}
