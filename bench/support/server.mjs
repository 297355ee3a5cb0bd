import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient } from '@optio/contract'
import { connectDatabase } from '../../apps/server/dist/database/connection.js'

const BIN = fileURLToPath(new URL('../../apps/server/dist/bin.js', import.meta.url))

/**
 * The compiled server as a process of its own, as a person runs it.
 * @typedef {{
 *   pid: number, url: string, startMs: number, dataDir: string,
 *   client: import('@optio/contract').Client,
 *   kill(): Promise<void>, stop(): Promise<void>,
 * }} BenchServer
 */

/** @returns {Promise<string>} an empty data directory, to be removed with `removeDataDirectory` */
export function makeDataDirectory() {
  return mkdtemp(path.join(tmpdir(), 'optio-bench-'))
}

/** @param {string} dataDir */
export async function removeDataDirectory(dataDir) {
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
}

/**
 * Starts the server and resolves when it says that it is ready; `startMs` is the time until then from the spawn.
 *
 * @param {string} dataDir
 * @param {Record<string, string>} [env]
 * @returns {Promise<BenchServer>}
 */
export async function startServer(dataDir, env = {}) {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8' } = process.env
  const started = performance.now()
  const child = spawn(process.execPath, [BIN], {
    env: { PATH, HOME, LANG, OPTIO_DATA_DIR: dataDir, OPTIO_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  let out = ''
  /** @type {string} */
  const url = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
      out += chunk
      const found = /Optio is ready at (\S+)/.exec(out)?.[1]
      if (found) resolve(found)
    })
    closed.then(([code]) => reject(new Error(`the server ended with ${code} before it was ready`)))
  })
  const end = async (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal)
    await closed
  }
  return {
    pid: child.pid ?? 0,
    url,
    startMs: performance.now() - started,
    dataDir,
    client: createClient({ baseUrl: url }),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

/**
 * Ends agents first, then everything else.
 * @param {BenchServer} server
 */
export async function stopWithAgents(server) {
  const child = spawn(process.execPath, [BIN, 'stop', '--agents'], {
    env: { PATH: process.env.PATH ?? '', OPTIO_DATA_DIR: server.dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await once(child, 'close')
}

/**
 * A connection of our own to the embedded database of a data directory.
 * @param {string} dataDir
 */
export async function connectTo(dataDir) {
  const { socketDirectory: host } = await postmaster(dataDir)
  const { pool } = await connectDatabase({
    target: { host, port: 5432, user: 'optio', database: 'optio' },
    log: { info() {}, warn: console.warn, error: console.error },
    poolSize: 1,
    statementTimeoutMs: 600_000,
  })
  return pool
}

/**
 * Process and socket of the embedded database of a data directory.
 * @param {string} dataDir
 */
export async function postmaster(dataDir) {
  const place = await readFile(path.join(dataDir, 'postgres', 'location.json'), 'utf8').then(
    (text) => /** @type {{ root: string }} */ (JSON.parse(text)).root,
    () => path.join(dataDir, 'postgres'),
  )
  const lines = (await readFile(path.join(place, 'data', 'postmaster.pid'), 'utf8')).split('\n')
  return { pid: Number(lines[0]), socketDirectory: lines[4] ?? '' }
}

/**
 * Asks every few milliseconds until the answer is true.
 * @param {string} what
 * @param {() => Promise<boolean>} ask
 * @param {{ everyMs?: number, withinMs?: number }} [options]
 */
export async function until(what, ask, { everyMs = 10, withinMs = 120_000 } = {}) {
  const end = performance.now() + withinMs
  while (!(await ask())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(everyMs)
  }
}
