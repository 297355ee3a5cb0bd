/**
 * argv that prints the uncommitted paths of the clone it runs in. It is run inside the isolation, where the clone's own
 * configuration may do as it likes; the settings here are for a stable format, not for safety.
 */
export const STATUS_COMMAND: readonly string[] = [
  'git',
  '--no-optional-locks',
  '-c',
  'core.fsmonitor=false',
  'status',
  '--porcelain=v1',
  '-z',
  '--no-renames',
  '--untracked-files=normal',
  '--ignore-submodules=dirty',
]

/**
 * Reads what `STATUS_COMMAND` printed: at most `limit` paths, and how many there are in all. An incomplete last entry
 * (output that was cut) and anything that is no entry are ignored.
 */
export function parseStatus(output: Uint8Array, limit: number): { dirtyFiles: string[]; total: number } {
  const entries = new TextDecoder().decode(output).split('\0')
  entries.pop()
  const dirtyFiles: string[] = []
  let total = 0
  for (let i = 0; i < entries.length; i++) {
    const match = /^([ MADRCUT?!]{2}) (.+)$/s.exec(entries[i] ?? '')
    if (match?.[1] === undefined || match[2] === undefined) continue
    if (match[1] === '!!') continue
    // A rename is followed by the name it had.
    if (/[RC]/.test(match[1])) i++
    total++
    if (dirtyFiles.length < limit) dirtyFiles.push(match[2])
  }
  return { dirtyFiles, total }
}
