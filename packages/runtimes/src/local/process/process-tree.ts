/** Finding and ending what is left of a step whose supervisor is dead: the counterpart in TypeScript of the script's sweep. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { HAS_PROC, isDeadState, type ProcessStat, parseProcessStat } from './process-identity.ts'
import { MARK_VARIABLE } from './step-files.ts'

/** Pids of live processes that carry the mark in the environment they were started with. */
export function markedProcesses(mark: string): number[] {
  const needle = `${MARK_VARIABLE}=${mark}`
  if (!HAS_PROC) {
    const lines = execFileSync('ps', ['-axEww', '-o', 'pid=,command='], {
      encoding: 'latin1',
      maxBuffer: 1 << 26,
    }).split('\n')
    return lines.filter((line) => line.includes(needle)).map((line) => Number.parseInt(line, 10))
  }
  return pids().filter((pid) => readQuietly(`/proc/${pid}/environ`)?.split('\0').includes(needle))
}

/**
 * Everything that belongs to the tree of `seeds`: their descendants, the members of sessions that members founded or
 * live in, and the `known` ones (`pid:start`) of earlier looks that still live. `foreignSession` is the supervisor's.
 */
export function treeMembers(
  seeds: readonly number[],
  known: readonly string[],
  foreignSession: number,
): number[] {
  const table = processTable()
  const members = new Set<number>(seeds.filter((pid) => table.has(pid)))
  for (const entry of known) {
    const [pid, start] = entry.split(':')
    if (table.get(Number(pid))?.start === start && start !== undefined) members.add(Number(pid))
  }
  for (let before = -1; before !== members.size; ) {
    before = members.size
    const sessions = new Set<number>()
    for (const pid of members) {
      const session = table.get(pid)?.session ?? 0
      if (session > 1 && session !== foreignSession) sessions.add(session)
    }
    for (const [pid, stat] of table) {
      if (pid > 1 && pid !== process.pid && (members.has(stat.parent) || sessions.has(stat.session)))
        members.add(pid)
    }
  }
  return [...members]
}

/** Kills what `find` answers until it answers nothing `calmLooks` times in a row. */
export async function killUntilNone(find: () => readonly number[], calmLooks: number): Promise<void> {
  for (let calm = 0, pause = 5; ; pause = Math.min(pause * 2, 500)) {
    const found = find()
    calm = found.length === 0 ? calm + 1 : 0
    if (calm >= calmLooks) return
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Gone since the look.
      }
    }
    await delay(pause)
  }
}

function processTable(): Map<number, ProcessStat> {
  const table = new Map<number, ProcessStat>()
  const add = (stat: ProcessStat | null): void => {
    if (stat !== null && !isDeadState(stat.state)) table.set(stat.pid, stat)
  }
  if (HAS_PROC) {
    for (const pid of pids()) {
      const text = readQuietly(`/proc/${pid}/stat`)
      if (text !== null) add(parseProcessStat(text))
    }
    return table
  }
  // Sessions are not told here; process groups stand in for them, and there is no memory of earlier looks to compare.
  for (const line of execFileSync('ps', ['-axo', 'pid=,state=,ppid=,pgid='], { encoding: 'latin1' }).split(
    '\n',
  )) {
    const [pid, state, parent, group] = line.trim().split(/\s+/)
    if (group === undefined || state === undefined) continue
    add({ pid: Number(pid), name: '', state, parent: Number(parent), session: Number(group), start: '0' })
  }
  return table
}

function pids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0)
}

function readQuietly(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
