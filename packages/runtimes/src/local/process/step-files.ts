/**
 * The layout of a step's directory and the records in it.
 *
 *   out, err     what the program wrote; append only, 0600
 *   ctl/claim    who supervises it, linked into place so that it appears whole and only once; empty: a tombstone
 *   ctl/exit     how it ended; renamed into place from a file written before the program started (a full disk)
 *   ctl/stop     a request to stop: the grace in milliseconds
 *   ctl/log      what the supervisor's own tools complained about
 *   ctl/known    members of the tree seen while it lived (best-effort isolation only)
 *   ctl/in       what is added to a standard input that grows (see step-input.ts)
 *
 * The records live in a directory of their own so that a watcher is not woken by output.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StepStatus, StepStop } from '../../runtime.ts'
import type { ProcessIdentity } from './process-identity.ts'

/** Name of the environment variable every process of a step carries; its value is the step's mark. */
export const MARK_VARIABLE = 'OPTIO_STEP'

export interface StepClaim {
  readonly supervisor: ProcessIdentity
  /** The watcher of deadline, output and orphanhood; requests to stop are signalled to it. */
  readonly monitor: ProcessIdentity
  /** Name of the isolation mechanism in use. */
  readonly mechanism: string
  /** Value of the mark variable in the environment of every process of the step. */
  readonly mark: string
  /** Directory of the step's control group, or null. */
  readonly cgroup: string | null
}

export type ClaimRecord =
  | { readonly kind: 'none' }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'claimed'; readonly claim: StepClaim }

export function controlPath(dir: string, name = ''): string {
  return join(dir, 'ctl', name)
}

/** Makes the step's directory and its control directory, for the owner only. */
export function makeStepDirectory(dir: string): void {
  mkdirSync(controlPath(dir), { recursive: true, mode: 0o700 })
  chmodSync(dir, 0o700)
}

/** The mark of the step in `dir`: the same for everyone who asks, whichever way the path is spelled. */
export function stepMark(dir: string): string {
  let path = dir
  try {
    path = realpathSync(dir)
  } catch {
    // Not made yet: nothing can carry its mark.
  }
  return createHash('sha256').update(path).digest('hex').slice(0, 24)
}

export function readClaim(dir: string): ClaimRecord {
  const text = readText(controlPath(dir, 'claim'))
  if (text === null) return { kind: 'none' }
  if (text === '') return { kind: 'tombstone' }
  const fields = parseFields(text)
  const place = { bootId: fields.get('boot') ?? '', pidNamespace: fields.get('pidns') || null }
  return {
    kind: 'claimed',
    claim: {
      supervisor: { pid: Number(fields.get('pid')), start: fields.get('start') ?? '', ...place },
      monitor: { pid: Number(fields.get('monitor')), start: fields.get('monitorstart') ?? '', ...place },
      mechanism: fields.get('mechanism') ?? '',
      mark: fields.get('mark') || stepMark(dir),
      cgroup: fields.get('cgroup') || null,
    },
  }
}

/**
 * Takes the claim without starting anything: an empty claim is a tombstone, and its step can never start. Answers false
 * when somebody claimed it before. Creating exclusively and link(2) both fail where the name exists, so that exactly one
 * of all contenders succeeds; an empty file finds room on a full disk.
 */
export function leaveTombstone(dir: string): boolean {
  makeStepDirectory(dir)
  try {
    writeFileSync(controlPath(dir, 'claim'), '', { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Leaves a request to stop. A full disk may refuse it; the signal that follows then means the grace of the spec. */
export function writeStopRequest(dir: string, graceMs: number): void {
  const temporary = controlPath(dir, `stop.${process.pid}.${randomBytes(6).toString('hex')}`)
  try {
    writeFileSync(temporary, `${Math.max(0, Math.round(graceMs))}\n`, { mode: 0o600 })
    renameSync(temporary, controlPath(dir, 'stop'))
  } catch {
    rmSync(temporary, { force: true })
  }
}

/** How the step ended, or null while that is not recorded. */
export function readExit(dir: string): StepStatus | null {
  const text = readText(controlPath(dir, 'exit'))
  if (text === null) return null
  const fields = parseFields(text)
  const stopped = STOPS.find((stop) => stop === fields.get('stopped')) ?? null
  const code = fields.get('code') ?? ''
  if (stopped === null && !/^\d+$/.test(code)) {
    const said = readText(controlPath(dir, 'log'))?.trim().slice(0, 500)
    return { state: 'lost', why: `Its isolation ended before the program did${said ? `: ${said}` : '.'}` }
  }
  const signal = signalOfCode(Number(code))
  return {
    state: 'exited',
    exitCode: stopped !== null || signal !== null ? null : Number(code),
    signal: stopped !== null ? null : signal,
    stopped,
  }
}

const STOPS: readonly StepStop[] = ['requested', 'deadline', 'orphaned', 'output_limit']

/**
 * Signals that end a process, by number, the same on Linux and macOS but for BUS. A shell reports them as 128 + n. Other
 * codes above 128 are a program's own exit codes (some agents exit with an HTTP status modulo 256, such as 145).
 */
const FATAL_SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  [process.platform === 'darwin' ? 10 : 7]: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
}

function signalOfCode(code: number): string | null {
  return code > 128 ? (FATAL_SIGNALS[code - 128] ?? null) : null
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}

function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).trim())
  }
  return fields
}
