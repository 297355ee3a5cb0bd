import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { setUp } from '../setup/setup.mjs'

/**
 * `npm start`: Optio itself.
 * @type {import('./index.mjs').Command}
 */
export async function start(root, args) {
  await setUp(root)
  await runProgram(root, 'main.js', args)
}

/**
 * `npm run demo`: Optio, a sample repository and one task, from start to merge.
 * @type {import('./index.mjs').Command}
 */
export async function demo(root, args) {
  await setUp(root)
  await runProgram(root, path.join('demo', 'main.js'), args)
}

/**
 * Imports a compiled entry of the server into this process and calls its `main`.
 * @param {string} root
 * @param {string} entry below the server's `dist`
 * @param {string[]} args
 */
export async function runProgram(root, entry, args) {
  const file = path.join(root, 'apps', 'server', 'dist', entry)
  /** @type {{ main: (argv: string[]) => Promise<void> }} */
  const program = await import(pathToFileURL(file).href)
  await program.main(args)
}
