import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'

/** Waits before a repeat; the last one repeats. */
const PAUSES_MS = [200, 500, 1_000, 2_000] as const
/** A server that was lost is asked again for so long. */
const PATIENCE_MS = 30_000

/**
 * Sends a request that creates something, again where its answer was lost on the way: the key makes sure that it is created once. A
 * server that was not there in the first place is not waited for.
 */
export async function createOnce<T>(
  key: string,
  signal: AbortSignal,
  send: (headers: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const until = Date.now() + PATIENCE_MS
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await send({ 'idempotency-key': key })
    } catch (error) {
      const isLost = wasLost(error) || (repeats > 0 && isAway(error))
      if (!isLost) throw error
      if (Date.now() >= until) throw unknownOutcome(key, error)
    }
    await sleep(PAUSES_MS[Math.min(repeats, PAUSES_MS.length - 1)], undefined, { signal }).catch(
      () => undefined,
    )
  }
}

/** It was sent, and nobody knows what became of it. */
function wasLost(error: unknown): boolean {
  if (error instanceof CliError) return error.code === 'CONNECTION_LOST'
  // Also an answer that breaks off in the middle.
  const { cause } = error as { cause?: { code?: unknown } }
  return error instanceof TypeError && cause?.code === 'UND_ERR_SOCKET'
}

/** Of a server that is being started again, or whose other process still answers the first request. */
function isAway(error: unknown): boolean {
  if (error instanceof CliError) return error.exitCode === EXIT.UNREACHABLE
  const { status, code } = error as { status?: unknown; code?: unknown }
  return status === 503 || code === 'IDEMPOTENCY_KEY_IN_USE'
}

function unknownOutcome(key: string, cause: unknown): CliError {
  return new CliError(
    EXIT.UNREACHABLE,
    'CONNECTION_LOST',
    `${(cause as Error).message} Whether it was created is not known: the same command with --idempotency-key ${key} creates it once, within a day.`,
  )
}
