import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What Linux says of processes; elsewhere these figures are not taken. */

const TICKS = Number(
  process.platform === 'linux' ? execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }) : 100,
)

/** @param {number} pid */
function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = (/** @type {number} */ first) => Number(fields[first]) + Number(fields[first + 1])
  return { parent: Number(fields[1]), ticks: ticks(11), endedTicks: ticks(13) }
}

/**
 * A process and all below it.
 * @param {number} root
 */
export function processTree(root) {
  /** @type {Map<number, number[]>} */
  const children = new Map()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const { parent } = statOf(Number(name))
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [root]
  for (const pid of found) found.push(...(children.get(pid) ?? []))
  return found
}

/**
 * Bytes of memory of some processes, shared pages divided among those that share them (PSS).
 * @param {readonly number[]} pids
 */
export function memoryOf(pids) {
  return pids.reduce((sum, pid) => {
    try {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1')
      return sum + Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024
    } catch {
      return sum // it has ended meanwhile
    }
  }, 0)
}

/**
 * Seconds of processor time that some processes have used so far; those that ended count nothing.
 * @param {readonly number[]} pids
 */
export function cpuSecondsOf(pids) {
  return pids.reduce((sum, pid) => {
    try {
      return sum + statOf(pid).ticks / TICKS
    } catch {
      return sum
    }
  }, 0)
}

/**
 * Seconds of processor time used by programs that a process started, waited for and saw end, such as git.
 * @param {number} pid
 */
export function cpuSecondsOfEnded(pid) {
  return statOf(pid).endedTicks / TICKS
}
