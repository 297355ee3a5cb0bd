import path from 'node:path'
import { build, buildIsFresh } from './build.mjs'
import { checkGit } from './git-version.mjs'
import { install, installIsFresh } from './install.mjs'
import { takeLock } from './lock.mjs'
import { stateDirectory } from './paths.mjs'
import { checkPlatform } from './platform.mjs'
import { say, showProgress } from './progress.mjs'
import { buildWeb, webIsFresh } from './web.mjs'

/**
 * Brings the checkout into a state in which the program can be imported, doing only what is needed: nothing at all
 * costs some tens of milliseconds.
 * @param {string} root of the checkout
 * @param {{ compile?: boolean, pages?: boolean }} [options] `compile: false` leaves out the build, `pages: false` only the
 *   bundle of the pages
 * @throws {import('./setup-error.mjs').SetupError} with what to do next
 */
export async function setUp(root, { compile = true, pages = compile } = {}) {
  const note = checkPlatform()
  if (note !== null) say(note)
  checkGit()
  const ready = () => installIsFresh(root) && (!compile || buildIsFresh(root)) && (!pages || webIsFresh(root))
  if (ready()) return
  await underLock(root, async (lock) => {
    // Asked again under the lock: whoever held it before may have done all of it.
    if (!installIsFresh(root)) await install(root, lock)
    if (compile && !buildIsFresh(root)) await build(root, lock)
    if (pages && !webIsFresh(root)) await buildWeb(root, lock)
  })
}

/**
 * Builds although stamps may say it is not needed: for those who want tsc's own word. The bundle of the pages is made only
 * when it is stale.
 * @param {string} root
 */
export async function rebuild(root) {
  await underLock(root, async (lock) => {
    await build(root, lock)
    if (!webIsFresh(root)) await buildWeb(root, lock)
  })
}

/**
 * @param {string} root
 * @param {(lock: import('./lock.mjs').HeldLock) => Promise<void>} work
 */
async function underLock(root, work) {
  let doneWaiting = () => {}
  const lock = await takeLock(path.join(stateDirectory(root), 'lock'), {
    what: `npm run ${process.argv[2] ?? ''}`.trim(),
    onWait: ({ pid, what }) => {
      doneWaiting()
      doneWaiting = showProgress(`waiting for another set-up of this checkout (${what}, process ${pid})`)
    },
  })
  doneWaiting()
  try {
    await work(lock)
  } finally {
    lock.release()
  }
}
