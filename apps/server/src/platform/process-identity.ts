import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Names one process for ever: a pid alone is reused, pid plus start time is not within one boot of one machine.
 * Written into files, so that another process can tell later whether this one still lives.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time as the system gives it: clock ticks since boot on Linux, `ps`'s lstart on macOS. Only compared for equality. */
  readonly start: string
  /** Changes with every boot of the machine. */
  readonly boot: string
  /** The pid namespace: pids of another one (another container) mean nothing here. */
  readonly namespace: string
}

/** `unknown`: it lives, or lived, in another pid namespace of this boot, where this process cannot look. */
export type Liveness = 'alive' | 'dead' | 'unknown'

const linux = process.platform === 'linux'

/**
 * State letter and start time of a pid from `/proc/PID/stat`; null when there is no such process.
 * The command name, field 2, may itself hold spaces and parentheses: everything is counted from the last `)`.
 */
export function parseProcStat(stat: string): { state: string; parent: number; start: string } | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent] = fields
  const start = fields[19] // field 22 of the whole line; the first of this list is field 3
  return state === undefined || parent === undefined || start === undefined
    ? null
    : { state, parent: Number(parent), start }
}

/**
 * Start time of a process that runs, null when there is none. A zombie runs nothing and counts as none, although
 * `kill(pid, 0)` succeeds on it: where nobody reaps, dead processes stay visible for seconds or for ever.
 */
async function startTime(pid: number): Promise<string | null> {
  if (linux) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').then(parseProcStat, () => null)
    return stat === null || 'ZXx'.includes(stat.state) ? null : stat.start
  }
  const shown = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).then(
    (out) => out.stdout.trim(),
    () => '',
  )
  return shown === '' || shown.startsWith('Z') ? null : shown.slice(shown.indexOf(' ')).trim()
}

let boot: Promise<string> | undefined

async function bootId(): Promise<string> {
  if (linux) return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim()
  const { stdout } = await run('sysctl', ['-n', 'kern.bootsessionuuid'])
  return stdout.trim()
}

function pidNamespace(): string {
  if (!linux) return 'host'
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return 'host'
  }
}

/** Who runs under this pid now; null when nobody does. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  boot ??= bootId()
  const [start, bootOfNow] = await Promise.all([startTime(pid), boot])
  return start === null ? null : { pid, start, boot: bootOfNow, namespace: pidNamespace() }
}

/** The identity of this very process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const own = await identifyProcess(process.pid)
  if (own === null) throw new Error('This process cannot find itself in the process table. Is /proc mounted?')
  return own
}

/** Whether exactly that process still runs: not a zombie, and not another one that got its pid. */
export async function livenessOf(identity: ProcessIdentity): Promise<Liveness> {
  boot ??= bootId()
  if (identity.boot !== (await boot)) return 'dead'
  if (identity.namespace !== pidNamespace()) return 'unknown'
  return (await startTime(identity.pid)) === identity.start ? 'alive' : 'dead'
}

/** True while the pid belongs to a process that runs (not a zombie). For a pid that nobody else can have got meanwhile. */
export function isRunning(pid: number): boolean {
  if (linux) {
    try {
      const stat = parseProcStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
      return stat !== null && !'ZXx'.includes(stat.state)
    } catch {
      return false
    }
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
