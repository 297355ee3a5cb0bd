/** From a step's specification to the supervisor that runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { OptioError } from '@optio/contract'
import type { StepSpec } from '../../runtime.ts'
import { controlGroupPath } from './control-group.ts'
import { diskSpace, isDiskFull } from './disk.ts'
import { type LaunchTools, type Mechanism, SHELL, TOOL_PATH } from './isolation.ts'
import { bootId, pidNamespace } from './process-identity.ts'
import { controlPath, MARK_VARIABLE, makeStepDirectory, stepMark } from './step-files.ts'
import { INIT_SCRIPT, RESERVED_PREFIX, SUPERVISOR_SCRIPT } from './supervisor-script.ts'

/** Variables that shells keep for themselves: a program finds its working directory by asking, not by these. */
const SHELL_VARIABLES = new Set(['PWD', 'OLDPWD', 'SHLVL', '_'])

export interface LaunchPlan {
  readonly spec: StepSpec
  readonly mechanism: Mechanism
  readonly tools: LaunchTools
  readonly orphanMs: number
  readonly heartbeatFile: string
  readonly emptyFile: string
}

/** Refuses what could not run as asked. Throws STEP_START. */
export function checkSpec(spec: StepSpec): void {
  const refuse = (why: string): never => {
    throw new OptioError('STEP_START', `The step in ${spec.dir} cannot start: ${why}`)
  }
  if (!isAbsolute(spec.dir)) refuse('its directory is not an absolute path.')
  if (!spec.argv[0]) refuse('no program is given.')
  for (const text of [spec.dir, spec.cwd, spec.stdinFile ?? '', ...spec.argv]) {
    if (text.includes('\0')) refuse('an argument or a path contains a NUL byte.')
  }
  for (const [name, value] of Object.entries(spec.env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.startsWith(RESERVED_PREFIX) || value.includes('\0')) {
      refuse(
        `the environment variable ${JSON.stringify(name)} cannot be passed on. Rename it (letters, digits, _).`,
      )
    }
  }
  for (const [name, value] of Object.entries({
    maxMs: spec.maxMs,
    graceMs: spec.graceMs,
    outputLimitBytes: spec.outputLimitBytes,
  })) {
    if (!Number.isSafeInteger(Math.round(value)) || value < 0)
      refuse(`${name} must be a number of at least 0.`)
  }
  if (!isDirectory(spec.cwd)) refuse(`its working directory ${spec.cwd} does not exist.`)
  if (spec.stdinFile !== null && !isReadable(spec.stdinFile))
    refuse(`its input ${spec.stdinFile} cannot be read.`)
}

/**
 * Spawns a supervisor that tries to claim the step's directory. Resolves when that supervisor is gone: usually long
 * after the step ended, at once when it was not the first; with an error when it could not even be spawned.
 */
export function spawnSupervisor(plan: LaunchPlan): Promise<Error | null> {
  const { spec } = plan
  makeStepDirectory(spec.dir)
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(spec.env)) {
    if (!SHELL_VARIABLES.has(name) && name !== MARK_VARIABLE) env[name] = value
  }
  const args = ['-c', SUPERVISOR_SCRIPT, 'optio-step', ...supervisorArguments(plan), ...wrappedProgram(plan)]
  const child = spawnDetached(args, env)
  return new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', () => resolve(null))
  })
}

/**
 * Spawns the supervisor with nothing of Optio's: no terminal, no session, no open file. What Optio itself inherited
 * without close-on-exec (the pipe of `npm start | tee`, a lock of flock(1)) would live as long as the step otherwise.
 */
function spawnDetached(args: string[], env: Record<string, string>): ChildProcess {
  const inherited = inheritedDescriptors()
  const nothing = inherited.length > 0 ? openSync('/dev/null', 'r+') : null
  try {
    const stdio: Array<'ignore' | number> = ['ignore', 'ignore', 'ignore']
    for (const descriptor of inherited) {
      while (stdio.length < descriptor) stdio.push('ignore')
      stdio[descriptor] = nothing ?? 'ignore'
    }
    const child = spawn(SHELL, args, { cwd: '/', env, detached: true, stdio })
    child.unref()
    return child
  } finally {
    if (nothing !== null) closeSync(nothing)
  }
}

let knownInherited: readonly number[] | undefined

/** Descriptors above 2 that this process was born with and that its children would inherit, ascending. Linux only. */
function inheritedDescriptors(): readonly number[] {
  knownInherited ??= findInherited()
  return knownInherited
}

function findInherited(): readonly number[] {
  const closeOnExec = 0o2000000
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((descriptor) => descriptor > 2 && descriptor < 1024)
      .filter((descriptor) => {
        try {
          const flags = /^flags:\s+([0-7]+)/m.exec(
            readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'),
          )?.[1]
          return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0
        } catch {
          return false
        }
      })
      .sort((a, b) => a - b)
  } catch {
    return []
  }
}

/** In the order in which the script takes them. */
function supervisorArguments({ spec, mechanism, orphanMs, heartbeatFile }: LaunchPlan): string[] {
  const mark = stepMark(spec.dir)
  const group = mechanism.controlGroupBase === null ? '' : controlGroupPath(mechanism.controlGroupBase, mark)
  return [
    ...[spec.dir, mechanism.kind, mechanism.name, mark],
    ...[spec.maxMs, spec.graceMs, spec.outputLimitBytes, orphanMs].map((value) => String(Math.round(value))),
    ...[heartbeatFile, spec.stdinFile ?? '/dev/null', bootId(), pidNamespace() ?? '', group],
    ...[spec.inputGrows ? 'grows' : '', TOOL_PATH],
  ]
}

function wrappedProgram({ spec, mechanism, tools, emptyFile }: LaunchPlan): string[] {
  const wrapper = mechanism.wrap({
    sandbox: spec.sandbox,
    argv: spec.argv,
    temporaryDirectory: spec.env.TMPDIR ?? null,
    emptyFile,
    root: process.getuid?.() === 0,
  })
  const path = spec.env.PATH === undefined ? '' : `+${spec.env.PATH}`
  return [
    ...wrapper,
    SHELL,
    '-c',
    INIT_SCRIPT,
    'optio-init',
    spec.cwd,
    path,
    ...tools.detach,
    ...tools.strip,
    ...spec.argv,
  ]
}

/** Why a supervisor could not even claim its directory, in words. */
export async function launchFailure(dir: string, cause: Error | null): Promise<OptioError> {
  const full =
    isDiskFull(cause) ||
    (await diskSpace(dir).then(
      ({ freeBytes }) => freeBytes < 16_384,
      () => false,
    ))
  if (full) {
    return new OptioError(
      'DISK_FULL',
      `There is no room on the disk of ${dir}. Free some space; the step starts again then.`,
      { cause },
    )
  }
  let said = ''
  try {
    said = readFileSync(controlPath(dir, 'log'), 'utf8').trim().slice(0, 500)
  } catch {
    // It did not come so far as to complain.
  }
  const why = [cause?.message, said].filter(Boolean).join('; ') || 'its supervisor ended without a word'
  return new OptioError('STEP_START', `The step in ${dir} could not start: ${why}.`, { cause })
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
