import { buildIsFresh } from './build.mjs'
import { installIsFresh } from './install.mjs'
import { ROOT } from './paths.mjs'

/**
 * What the command `optio` does before it imports anything compiled: nothing at all when everything is there (some
 * milliseconds, and not a word), else the whole set-up with its progress on stderr.
 * @throws {import('./setup-error.mjs').SetupError} with what to do next
 */
export async function setUpQuietly() {
  if (installIsFresh(ROOT) && buildIsFresh(ROOT)) return
  const { setUp } = await import('./setup.mjs')
  await setUp(ROOT)
}
