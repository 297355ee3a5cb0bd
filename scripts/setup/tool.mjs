import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import path from 'node:path'
import { SetupError } from './setup-error.mjs'

/** How long a tool may take to end after it was asked to, in milliseconds; then it is killed. */
const TERMINATE_MS = 3000
/** @type {NodeJS.Signals[]} */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a tool of the set-up to its end, with everything it prints in a file.
 *
 * The file is the tool's own stdout and stderr, not a pipe to us: if we are killed the tool finishes undisturbed, and the
 * next run waits for it (the lock names it as a member) instead of starting a second one beside it. A signal to us ends
 * the tool, with all its children: it leads a process group of its own.
 * @param {object} options
 * @param {string} options.name what people call it
 * @param {string[]} options.argv the program and its arguments
 * @param {string} options.cwd
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {string} options.logFile emptied first
 * @param {import('./lock.mjs').HeldLock} options.lock the lock under which the tool works
 * @returns {Promise<{ ok: boolean, how: string }>} how it ended, in words
 */
export async function runTool({ name, argv, cwd, env = process.env, logFile, lock }) {
  mkdirSync(path.dirname(logFile), { recursive: true })
  /** @type {NodeJS.Signals | null} */
  let interruptedBy = null
  /** @type {NodeJS.Timeout | undefined} */
  let killTimer
  /** @type {number | undefined} */
  let leader
  /** @param {NodeJS.Signals} signal */
  const interrupt = (signal) => {
    interruptedBy = signal
    killGroup(leader, 'SIGTERM')
    killTimer = setTimeout(() => killGroup(leader, 'SIGKILL'), TERMINATE_MS)
  }
  // Before the tool exists: a signal that came between its start and this would end us alone.
  for (const signal of FORWARDED) process.once(signal, interrupt)
  try {
    const child = spawnInto(logFile, argv, { cwd, env })
    leader = child.pid
    const end = ended(child)
    if (leader !== undefined) lock.addMember(leader, name)
    const { code, signal } = await end
    if (interruptedBy !== null) throw new SetupError('Interrupted.', 128 + constants.signals[interruptedBy])
    return { ok: code === 0, how: signal === null ? `ended with code ${code}` : `was ended by ${signal}` }
  } finally {
    clearTimeout(killTimer)
    for (const signal of FORWARDED) process.removeListener(signal, interrupt)
  }
}

/**
 * @param {string} logFile
 * @param {string[]} argv
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 */
function spawnInto(logFile, [program = '', ...args], options) {
  const log = openSync(logFile, 'w')
  try {
    return spawn(program, args, { ...options, stdio: ['ignore', log, log], detached: true })
  } finally {
    closeSync(log)
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(new SetupError(`${child.spawnfile} could not be started: ${error.message}`)),
    )
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/**
 * @param {number | undefined} leader pid of the group's leader
 * @param {NodeJS.Signals} signal
 */
function killGroup(leader, signal) {
  if (leader === undefined) return
  try {
    process.kill(-leader, signal)
  } catch {
    // The group is gone already.
  }
}
