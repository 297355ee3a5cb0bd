#!/usr/bin/env node
// The command `optio`. In a checkout it first brings about what is compiled, like every npm script of it, but says nothing
// unless that takes a person's time; elsewhere it is the compiled program and nothing else.
//
// This file is read by whatever Node is installed, also by one far too old for the rest: no syntax newer than Node 14 and
// no static import.
const here = (path) => new URL(path, import.meta.url).href

async function run() {
  const checkout = await checkoutAround()
  if (checkout !== null) {
    const { nodeVersionProblem } = await import(here('../../../scripts/setup/node-version.mjs'))
    const problem = nodeVersionProblem(process.version)
    if (problem !== null) {
      process.stderr.write(`${problem}\n`)
      process.exitCode = 1
      return
    }
    const { setUpFor } = await import(here('../../../scripts/setup/quiet.mjs'))
    await setUpFor(process.argv.slice(2))
  }
  const { main } = await import(here('../dist/index.js'))
  const code = await main(process.argv.slice(2))
  process.exitCode = process.exitCode || code
}

/** The checkout this file is in, or null where it was installed without its sources. */
async function checkoutAround() {
  const { existsSync } = await import('node:fs')
  const setup = new URL('../../../scripts/setup/quiet.mjs', import.meta.url)
  return existsSync(setup) ? setup : null
}

run().catch((error) => {
  // Errors of ours say what to do next; a stack trace under them would bury that.
  const expected = error && (error.name === 'SetupError' || error.name === 'OptioError')
  process.stderr.write(`${expected ? error.message : (error?.stack) || error}\n`)
  process.exitCode = error?.exitCode || 1
})
