import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
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

export interface StreamOptions extends Launch {
  /** What git reads, as far as it reads; it may come from another `streamGit`. */
  readonly stdin?: AsyncIterable<Uint8Array>
  /** Wall-clock limit in milliseconds; the whole process group is killed at it. */
  readonly timeoutMs: number
}

/**
 * Runs git like `git()`, for output of any size: hands on what it prints as it comes, and no faster than it is taken. Whoever
 * stops taking ends it. After the last piece throws a `GitError` for an exit status other than 0 or a timeout, or what broke
 * off its input: what came before is complete only when nothing is thrown.
 */
export async function* streamGit(
  args: readonly string[],
  options: StreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const fail = failuresOf(args, options)
  const refused = refusal(args, options, fail)
  if (refused !== null) throw refused
  const child = spawnGit(args, options)
  const complaints = keepComplaints(child)
  let late = false
  const timer = setTimeout(() => {
    late = true
    killGroup(child)
  }, options.timeoutMs)
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) => reject(startFailure(cause, options.cwd, fail)))
    child.on('close', resolve)
  })
  closed.catch(() => undefined)
  const fed = pipeline(Readable.from(options.stdin ?? []), child.stdin)
  fed.catch(() => undefined)
  try {
    try {
      for await (const chunk of child.stdout) yield chunk
    } catch (error) {
      killGroup(child)
      // Why it could not be started says more than that its output broke off.
      await closed
      throw error
    }
    const code = await closed
    const stderr = complaints()
    if (late) throw fail('timeout', { stderr })
    if (code !== 0) throw fail(classify(stderr), { exitCode: code, stderr })
    await fed
  } finally {
    clearTimeout(timer)
    killGroup(child)
  }
}
