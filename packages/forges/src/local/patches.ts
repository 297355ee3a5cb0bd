/** Where patches are cut, bytes: one file's, and all of a pull request's together. */
export const PATCH_LIMITS = { fileBytes: 64 * 1024, totalBytes: 2 * 1024 * 1024 } as const

/**
 * Cuts the output of `git diff --patch` into one patch a file, in git's order, each without its `diff --git` header lines up to
 * the first hunk. Null for a file whose patch is too large or was cut off. A line that starts with `diff --git ` is always
 * a header: lines of content carry a prefix, and line breaks in file names are quoted.
 */
export function splitPatches(output: Uint8Array, truncated: boolean): (string | null)[] {
  const text = new TextDecoder().decode(output)
  const starts = [...text.matchAll(/^diff --git /gm)].map((match) => match.index)
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? text.length
    if (truncated && end === text.length) return null
    if (end - start > PATCH_LIMITS.fileBytes) return null
    const section = text.slice(start, end)
    const hunk = section.search(/^@@ /m)
    return hunk === -1 ? '' : section.slice(hunk)
  })
}
