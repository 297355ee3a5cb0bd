import { ROOT } from '../setup/paths.mjs'
import { SetupError } from '../setup/setup-error.mjs'

/**
 * A command sets up what it needs and then does its work in this process.
 * @typedef {(root: string, args: string[]) => Promise<void>} Command
 */

/** @type {Record<string, () => Promise<Command>>} */
const COMMANDS = {
  demo: async () => (await import('./program.mjs')).demo,
  start: async () => (await import('./program.mjs')).start,
  dev: async () => (await import('./dev.mjs')).dev,
  test: async () => (await import('./test.mjs')).test,
  check: async () => (await import('./check.mjs')).check,
  bench: async () => (await import('./bench.mjs')).bench,
}

/**
 * @param {string[]} argv the command's name and its arguments
 */
export async function runCommand([name = '', ...args]) {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (load === undefined) {
    const names = Object.keys(COMMANDS).join('|')
    throw new SetupError(`Usage: node scripts/run.mjs <${names}> [arguments]`, 2)
  }
  const command = await load()
  await command(ROOT, args)
}
