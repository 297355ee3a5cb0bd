import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sourceMark } from '../setup/build.mjs'
import { say } from '../setup/progress.mjs'
import { rebuild, setUp } from '../setup/setup.mjs'
import { SetupError } from '../setup/setup-error.mjs'

/** How often the sources are looked at, in milliseconds. One look costs a few milliseconds. */
const LOOK_EVERY_MS = 400
/** How long the program may take to stop before it is killed, in milliseconds. */
const STOP_MS = 15_000

/**
 * `npm run dev`: Optio, built and started again whenever a source changes. While the sources don't compile, the last
 * program that did goes on.
 *
 * Looking at names, sizes and times instead of watching file events is on purpose: it behaves the same on every file
 * system, sees new directories, and leaves no watcher behind.
 * @type {import('./index.mjs').Command}
 */
export async function dev(root, args) {
  let mark = sourceMark(root)
  await setUp(root)
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort())
  let program = startProgram(root, args)
  while (!stopping.signal.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {})
    const now = sourceMark(root)
    if (stopping.signal.aborted || now === mark) continue
    mark = now
    if (!(await compiles(root))) continue
    await stopProgram(program)
    if (!stopping.signal.aborted) program = startProgram(root, args)
  }
  await stopProgram(program)
}

/**
 * @param {string} root
 * @returns {Promise<boolean>}
 */
async function compiles(root) {
  try {
    await rebuild(root)
    return true
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    say(error.message)
    return false
  }
}

/**
 * @param {string} root
 * @param {string[]} args
 */
function startProgram(root, args) {
  const program = fork(path.join(root, 'scripts', 'commands', 'dev-program.mjs'), args, {
    cwd: process.cwd(),
  })
  program.once('exit', (code, signal) => {
    if (signal === null && code !== 0)
      say(`The program ended with code ${code}; it is started again on the next change.`)
  })
  return program
}

/**
 * Asks the program to stop, kills it if it doesn't, and waits until it is gone.
 * @param {import('node:child_process').ChildProcess} program
 */
async function stopProgram(program) {
  if (program.exitCode !== null || program.signalCode !== null) return
  const gone = once(program, 'exit')
  const killTimer = setTimeout(() => program.kill('SIGKILL'), STOP_MS)
  program.kill('SIGTERM')
  await gone
  clearTimeout(killTimer)
}
