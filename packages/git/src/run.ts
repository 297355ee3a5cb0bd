import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type GitProfile, gitEnvironment, profileOptions } from './environment.ts'
import { classify, GitError, type GitFailureKind } from './failure.ts'

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_OUTPUT_LIMIT = 64 * 1024 * 1024
const STDERR_LIMIT = 64 * 1024

export interface GitOptions {
  /** Directory git runs in. Discovery never goes above it. */
  readonly cwd: string
  /** Sets `GIT_DIR`: no discovery at all (and no check of who owns the repository). */
  readonly gitDir?: string
  readonly profile?: GitProfile
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  /** Wall-clock limit; the whole process group is killed at it. Default one minute. */
  readonly timeoutMs?: number
  /** Most bytes of standard output; default 64 MiB. */
  readonly maxOutputBytes?: number
  /** Beyond the limit: `fail` (default) throws, `cut` answers what fitted with `truncated: true`. */
  readonly onOutputLimit?: 'fail' | 'cut'
  /** Exit statuses that are answers rather than failures; default only 0. */
  readonly okCodes?: readonly number[]
  readonly signal?: AbortSignal
  /** Told the process group (git's pid) as soon as it is there. */
  readonly onStart?: (group: number) => void
}

export interface GitResult {
  readonly stdout: Buffer
  readonly stderr: string
  readonly code: number
  readonly truncated: boolean
}

/**
 * Runs git by argv: no shell, an environment from an allow-list, neutral settings (see `environment.ts`).
 * Callers put `--end-of-options` or `--` before anything that came from outside.
 * Throws a `GitError` for an exit status that is not in `okCodes`, a timeout, or output beyond the limit.
 */
export function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const profile = options.profile ?? 'own'
  const subcommand = args.find((arg, i) => !arg.startsWith('-') && args[i - 1] !== '-c') ?? ''
  const fail = (
    kind: GitFailureKind,
    facts: { exitCode?: number | null; stderr?: string; cause?: unknown } = {},
  ) =>
    new GitError(kind, subcommand, {
      profile,
      exitCode: facts.exitCode ?? null,
      stderr: facts.stderr ?? '',
      cause: facts.cause,
    })
  const nul = [...args, options.cwd].find((text) => text.includes('\0'))
  if (nul !== undefined) return Promise.reject(fail('failed', { stderr: 'a name contains a NUL character' }))
  if (options.signal?.aborted === true) return Promise.reject(fail('aborted'))

  return new Promise<GitResult>((resolve, reject) => {
    // A session of its own, so that a terminal's Ctrl-C does not tear a half-done push, and so that a limit ends helpers too.
    const child = spawn('git', [...profileOptions(profile), ...args], {
      cwd: options.cwd,
      env: gitEnvironment(profile, {
        GIT_CEILING_DIRECTORIES: dirname(options.cwd),
        ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
        ...options.env,
      }),
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    if (child.pid !== undefined) options.onStart?.(child.pid)
    const limit = options.maxOutputBytes ?? DEFAULT_OUTPUT_LIMIT
    const out: Uint8Array[] = []
    const err: Uint8Array[] = []
    let outBytes = 0
    let errBytes = 0
    let ended: 'timeout' | 'aborted' | 'output_limit' | null = null
    const end = (why: 'timeout' | 'aborted' | 'output_limit') => {
      ended ??= why
      killGroup(child)
    }
    const onAbort = () => end('aborted')
    options.signal?.addEventListener('abort', onAbort, { once: true })
    const timer = setTimeout(() => end('timeout'), options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const settle = () => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
    }

    child.stdout.on('data', (chunk: Uint8Array) => {
      if (outBytes < limit) out.push(chunk.subarray(0, limit - outBytes))
      outBytes += chunk.length
      if (outBytes > limit) end('output_limit')
    })
    child.stderr.on('data', (chunk: Uint8Array) => {
      if (errBytes < STDERR_LIMIT) err.push(chunk.subarray(0, STDERR_LIMIT - errBytes))
      errBytes += chunk.length
    })
    // A git that ends before it has read its input is told by its exit status, not by EPIPE.
    child.stdin.on('error', () => {})
    child.stdin.end(options.stdin ?? '')
    child.on('error', (cause: NodeJS.ErrnoException) => {
      settle()
      reject(startFailure(cause, options.cwd, fail))
    })
    child.on('close', (code) => {
      settle()
      const stderr = Buffer.concat(err).toString('utf8')
      if (ended === 'timeout' || ended === 'aborted') return reject(fail(ended, { stderr }))
      const truncated = outBytes > limit
      if (truncated && options.onOutputLimit !== 'cut') return reject(fail('output_limit', { stderr }))
      if (!truncated && (code === null || !(options.okCodes ?? [0]).includes(code))) {
        return reject(fail(classify(stderr), { exitCode: code, stderr }))
      }
      resolve({ stdout: Buffer.concat(out), stderr, code: code ?? 0, truncated })
    })
  })
}

/** Standard output of `git` as text without the final line break. */
export async function gitText(args: readonly string[], options: GitOptions): Promise<string> {
  return (await git(args, options)).stdout.toString('utf8').replace(/\n$/, '')
}

function startFailure(
  cause: NodeJS.ErrnoException,
  cwd: string,
  fail: (kind: GitFailureKind, facts: { stderr?: string; cause?: unknown }) => GitError,
): GitError {
  // Node reports a missing working directory as a missing program.
  if (cause.code === 'ENOENT' && existsSync(cwd)) return fail('no_git', { cause })
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
    return fail('missing', { stderr: `${cwd} is not there`, cause })
  }
  if (cause.code === 'EACCES') return fail('permission', { stderr: `${cwd} cannot be entered`, cause })
  return fail('failed', { stderr: cause.message, cause })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
