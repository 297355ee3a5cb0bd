import { setUp } from '../setup/setup.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/**
 * `npm test [-- filters and options of vitest]`: builds (some tests run the compiled program), runs the tests, and ends
 * with one plain line such as `123 passed, 0 failed`.
 * @type {import('./index.mjs').Command}
 */
export async function test(root, args) {
  await setUp(root)
  process.chdir(root)
  // A person's NODE_ENV=production would change how libraries behave under test.
  process.env.NODE_ENV = 'test'
  const { parseCLI, startVitest } = await import('vitest/node')
  const { filter, options } = parseCLI(['vitest', 'run', ...args])
  const vitest = await startVitest('test', filter, { ...options, watch: false })
  const tally = count(vitest)
  await vitest.close()
  const failed = tally.failed > 0 || tally.passed === 0
  process.stdout.write(`\n${summary(tally)}\n`, () => process.exit(failed ? 1 : 0))
}

/**
 * The last line of `npm test`.
 * @param {Tally} tally
 */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}

/**
 * Counts tests. A file that could not even be collected, and an error outside of any test, count as one failed test
 * each: nothing that went wrong may hide behind "0 failed".
 * @param {import('vitest/node').Vitest} vitest
 * @returns {Tally}
 */
function count(vitest) {
  const tally = { passed: 0, failed: 0, skipped: 0 }
  for (const module of vitest.state.getTestModules()) {
    let failedHere = 0
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') tally.passed += 1
      else if (state === 'failed') failedHere += 1
      else tally.skipped += 1
    }
    tally.failed += failedHere === 0 && module.state() === 'failed' ? 1 : failedHere
  }
  tally.failed += vitest.state.getUnhandledErrors().length
  return tally
}
