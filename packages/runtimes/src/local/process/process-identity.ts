/**
 * Which process is meant, beyond its pid. Pids are reused, zombies answer to signals, machines reboot and containers
 * restart; a process is therefore named by its pid, its start time, the boot it lives in and its pid namespace.
 * Linux reads /proc; elsewhere `ps` and `sysctl` are asked, which costs a few milliseconds a call.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'

/** A process of one machine, unmistakably. All fields are opaque: only equality means anything. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time: clock ticks since boot on Linux, a UTC date of one second resolution elsewhere. */
  readonly start: string
  readonly bootId: string
  /** The pid namespace the pid belongs to, or null where there are none or it cannot be read. */
  readonly pidNamespace: string | null
}

/** What /proc/PID/stat says of a process; times in clock ticks since boot. */
export interface ProcessStat {
  readonly pid: number
  readonly name: string
  /** One letter; Z and X are dead processes that nobody has collected yet. */
  readonly state: string
  readonly parent: number
  readonly session: number
  readonly start: string
}

/** True where processes can be read from /proc (Linux). */
export const HAS_PROC = existsSync('/proc/self/stat')

const SETTLED_ENV = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }

/**
 * Parses one /proc/PID/stat. The name stands in parentheses and may itself contain spaces, parentheses and newlines,
 * so the fields are counted from the last closing one. Answers null for anything else.
 */
export function parseProcessStat(text: string): ProcessStat | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(') ')
  if (open < 0 || close < open) return null
  const fields = text
    .slice(close + 2)
    .trim()
    .split(' ')
  const [state, parent, , session] = fields
  const start = fields[19]
  const pid = Number.parseInt(text, 10)
  if (!Number.isInteger(pid) || !state || parent === undefined || session === undefined || !start) return null
  return {
    pid,
    name: text.slice(open + 1, close),
    state,
    parent: Number(parent),
    session: Number(session),
    start,
  }
}

/** Reads the state of a process, or null when there is no such process (or no /proc). A zombie has a state, `Z`. */
function readProcessStat(pid: number): ProcessStat | null {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return null
  }
}

/** True for the state letter of a process that has ended and was only not collected yet. */
export function isDeadState(state: string): boolean {
  return state.startsWith('Z') || state.startsWith('X')
}

let knownBootId: string | undefined

/** An id of this boot of the machine; a different one means that every process recorded before is gone. */
export function bootId(): string {
  knownBootId ??= readBootId()
  return knownBootId
}

function readBootId(): string {
  if (HAS_PROC) return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  for (const name of ['kern.bootsessionuuid', 'kern.boottime']) {
    try {
      return execFileSync('sysctl', ['-n', name], { env: SETTLED_ENV, encoding: 'latin1' })
        .trim()
        .replaceAll(/\s+/g, ' ')
    } catch {
      // Older systems lack the first name; the boot time is the next best answer.
    }
  }
  return 'unknown'
}

let knownNamespace: string | null | undefined

/** The pid namespace this process lives in, or null where there are none or it cannot be read. */
export function pidNamespace(): string | null {
  if (knownNamespace === undefined) {
    try {
      knownNamespace = readlinkSync('/proc/self/ns/pid')
    } catch {
      knownNamespace = null
    }
  }
  return knownNamespace
}

/** Start time of a live process (not a zombie), or null. */
function processStart(pid: number): string | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null
  if (HAS_PROC) {
    const stat = readProcessStat(pid)
    return stat && !isDeadState(stat.state) ? stat.start : null
  }
  try {
    return parsePsStart(
      execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
        env: SETTLED_ENV,
        encoding: 'latin1',
      }),
    )
  } catch {
    return null
  }
}

/** Parses `ps -o state=,lstart=`; null for a zombie or an empty answer. */
export function parsePsStart(text: string): string | null {
  const match = /^\s*(\S+)\s+(\S.*\S)\s*$/.exec(text)
  if (!match?.[1] || !match[2] || isDeadState(match[1])) return null
  return match[2].replaceAll(/\s+/g, ' ')
}

/** Names a live process of this machine; null when there is none with this pid (a zombie counts as none). */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const start = processStart(pid)
  return start === null ? null : { pid, start, bootId: bootId(), pidNamespace: pidNamespace() }
}

/**
 * True when exactly this process is alive. A zombie, a reused pid, another boot and another pid namespace (a container
 * that was restarted, whose processes ended with it) all answer false.
 */
export function isProcessAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false
  const namespace = pidNamespace()
  if (identity.pidNamespace !== null && namespace !== null && identity.pidNamespace !== namespace)
    return false
  return processStart(identity.pid) === identity.start
}

/** Sends a signal to exactly this process; answers false when it is no longer alive (or may not be signalled). */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isProcessAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch {
    return false
  }
}
