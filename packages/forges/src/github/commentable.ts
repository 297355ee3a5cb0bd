/**
 * Lines of the new version that a unified diff shows: the ones GitHub takes a comment on. Those of a diff with more context than
 * GitHub's would be refused, so the diff must have git's own three lines.
 */
export function linesInPatch(patch: string): ReadonlySet<number> {
  const lines = new Set<number>()
  let next = 0
  for (const line of patch.split('\n')) {
    const header = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (header !== null) {
      next = Number(header[1])
      continue
    }
    if (line.startsWith('+') || line.startsWith(' ')) lines.add(next++)
  }
  return lines
}
