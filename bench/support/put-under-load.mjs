import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * Requests of one kind. Each connection asks for its own address (the first connection for the first, and so on, then again from the first),
 * or with `inTurn` for the next one that nobody has asked for yet. The header named `fresh`, a UUID, is another one in each request.
 * @typedef {{
 *   urls: string[], connections: number, warmUpMs: number, ms: number, inTurn?: boolean,
 *   post?: { headers: Record<string, string>, body: string } | null, fresh?: string,
 * }} Load
 */

/**
 * What came of it after the warming up; times in milliseconds, from sending until the answer was read to its end.
 * @typedef {{ perSecond: number, p50: number, p99: number, requests: number }} Outcome
 */

/**
 * Has a process of its own send requests, one at a time over each connection. Throws when an answer is no success.
 * @param {Load} load
 * @returns {Promise<Outcome>}
 */
export async function putUnderLoad(load) {
  const child = fork(fileURLToPath(new URL('load.mjs', import.meta.url)))
  const ended = once(child, 'exit').then(() => [{ error: 'the process that sends requests ended' }])
  child.send(load)
  const [outcome] = await Promise.race([once(child, 'message'), ended])
  if (outcome.error) throw new Error(outcome.error)
  return outcome
}
