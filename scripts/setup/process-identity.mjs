import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * What tells a process from any other that gets the same pid later: on Linux its start time in clock ticks and the
 * boot it belongs to, elsewhere the start time that `ps` knows. Null when there is no such process. A zombie counts as
 * none: it runs nothing any more, although `kill(pid, 0)` still finds it.
 * @param {number} pid
 * @returns {string | null}
 */
export function processIdentity(pid) {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
}

/** @param {number} pid */
function fromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    if (state === 'Z' || state === 'X') return null
    return `${fields[19]}@${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`
  } catch {
    return null
  }
}

/** @param {number} pid */
function fromPs(pid) {
  const result = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const line = result.status === 0 ? result.stdout.trim() : ''
  if (line === '' || line.startsWith('Z')) return null
  return line.replace(/^\S+\s+/, '')
}
