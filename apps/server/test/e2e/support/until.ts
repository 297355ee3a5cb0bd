import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks again and again until the answer is neither null, undefined nor false, and answers it. Throws after `withinMs`, with
 * what was waited for and what was last seen.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  options: { withinMs?: number; everyMs?: number; seen?: () => unknown } = {},
): Promise<T> {
  const { withinMs = 30_000, everyMs = 25 } = options
  const end = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (performance.now() > end) {
      const seen = options.seen ? `; last seen: ${JSON.stringify(await options.seen(), null, 1)}` : ''
      throw new Error(`Not within ${withinMs} ms: ${what}${seen}`)
    }
    await sleep(everyMs)
  }
}
