import { classify } from './failure.ts'
import {
  failuresOf,
  keepComplaints,
  killGroup,
  type Launch,
  refusal,
  spawnGit,
  startFailure,
} from './process.ts'

const DEFAULT_TIMEOUT_MS = 60_000
const DEFAULT_OUTPUT_LIMIT = 64 * 1024 * 1024

export interface GitOptions extends Launch {
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
  const fail = failuresOf(args, options)
  const refused = refusal(args, options, fail)
  if (refused !== null) return Promise.reject(refused)
  if (options.signal?.aborted === true) return Promise.reject(fail('aborted'))

  return new Promise<GitResult>((resolve, reject) => {
    const child = spawnGit(args, options)
    if (child.pid !== undefined) options.onStart?.(child.pid)
    const complaints = keepComplaints(child)
    const limit = options.maxOutputBytes ?? DEFAULT_OUTPUT_LIMIT
    const out: Uint8Array[] = []
    let outBytes = 0
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
    child.stdin.end(options.stdin ?? '')
    child.on('error', (cause: NodeJS.ErrnoException) => {
      settle()
      reject(startFailure(cause, options.cwd, fail))
    })
    child.on('close', (code) => {
      settle()
      const stderr = complaints()
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
