import { buildIsFresh } from './build.mjs'
import { installIsFresh } from './install.mjs'
import { ROOT } from './paths.mjs'

/**
 * What the command `optio` does before it imports anything compiled. A command that only talks to a server needs no pages, and
 * mostly nothing at all: then this takes some milliseconds and says not a word. Otherwise the whole set-up, with its progress on
 * stderr.
 * @param {readonly string[]} argv of `optio`
 * @throws {import('./setup-error.mjs').SetupError} with what to do next
 */
export async function setUpFor(argv) {
  const servesPages = argv.includes('start') || argv.includes('demo')
  if (!servesPages && installIsFresh(ROOT) && buildIsFresh(ROOT)) return
  const { setUp } = await import('./setup.mjs')
  await setUp(ROOT, { pages: servesPages })
}
