import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type GitProfile, gitEnvironment, profileOptions } from './environment.ts'
import { GitError, type GitFailureKind } from './failure.ts'

/** Bytes of standard error that are kept. */
const STDERR_LIMIT = 64 * 1024

/** What every way to run git has in common. */
export interface Launch {
  /** Directory git runs in. Discovery never goes above it. */
  readonly cwd: string
  /** Sets `GIT_DIR`: no discovery at all (and no check of who owns the repository). */
  readonly gitDir?: string
  readonly profile?: GitProfile
  readonly env?: Readonly<Record<string, string>>
}

export type Fail = (
  kind: GitFailureKind,
  facts?: { exitCode?: number | null; stderr?: string; cause?: unknown },
) => GitError

/** Makes the errors of one command. */
export function failuresOf(args: readonly string[], { profile = 'own' }: Launch): Fail {
  const subcommand = args.find((arg, i) => !arg.startsWith('-') && args[i - 1] !== '-c') ?? ''
  return (kind, facts = {}) =>
    new GitError(kind, subcommand, {
      profile,
      exitCode: facts.exitCode ?? null,
      stderr: facts.stderr ?? '',
      cause: facts.cause,
    })
}

/** The failure of a command that is not even started; null when nothing speaks against it. */
export function refusal(args: readonly string[], { cwd }: Launch, fail: Fail): GitError | null {
  const nul = [...args, cwd].some((text) => text.includes('\0'))
  return nul ? fail('failed', { stderr: 'a name contains a NUL character' }) : null
}

/** A session of its own, so that a terminal's Ctrl-C does not tear a half-done push, and so that a limit ends helpers too. */
export function spawnGit(args: readonly string[], launch: Launch): ChildProcessWithoutNullStreams {
  const profile = launch.profile ?? 'own'
  const child = spawn('git', [...profileOptions(profile), ...args], {
    cwd: launch.cwd,
    env: gitEnvironment(profile, {
      GIT_CEILING_DIRECTORIES: dirname(launch.cwd),
      ...(launch.gitDir === undefined ? {} : { GIT_DIR: launch.gitDir }),
      ...launch.env,
    }),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  // A git that ends before it has read its input is told by its exit status, not by EPIPE.
  child.stdin.on('error', () => {})
  return child
}

/** Answers what git has written to standard error so far, cut at `STDERR_LIMIT`. */
export function keepComplaints(child: ChildProcessWithoutNullStreams): () => string {
  const parts: Uint8Array[] = []
  let bytes = 0
  child.stderr.on('data', (chunk: Uint8Array) => {
    if (bytes < STDERR_LIMIT) parts.push(chunk.subarray(0, STDERR_LIMIT - bytes))
    bytes += chunk.length
  })
  return () => Buffer.concat(parts).toString('utf8')
}

export function startFailure(cause: NodeJS.ErrnoException, cwd: string, fail: Fail): GitError {
  // Node reports a missing working directory as a missing program.
  if (cause.code === 'ENOENT' && existsSync(cwd)) return fail('no_git', { cause })
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
    return fail('missing', { stderr: `${cwd} is not there`, cause })
  }
  if (cause.code === 'EACCES') return fail('permission', { stderr: `${cwd} cannot be entered`, cause })
  return fail('failed', { stderr: cause.message, cause })
}

export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
