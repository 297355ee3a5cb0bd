import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandAgent } from '@optio/agents'
import { openNotifyBus } from '../apps/server/dist/database/notify.js'
import { attempts, repositories, runs } from '../apps/server/dist/database/schema/index.js'
import { DEFAULT_WORKSPACE_ID } from '../apps/server/dist/database/schema/workspaces.js'
import { engineLog } from '../apps/server/dist/features/logs/engine-log.js'
import { LogHub } from '../apps/server/dist/features/logs/hub.js'
import { followStep } from '../apps/server/dist/features/logs/ingest/follow-step.js'
import { LogIndex } from '../apps/server/dist/features/logs/search/log-index.js'
import { registerLogSocket } from '../apps/server/dist/features/logs/socket.js'
import { buildApp } from '../apps/server/dist/http/app.js'
import { quietLog as log, noRequestLog, openDatabase } from './support/bench-app.mjs'

const READERS = 100
const SECONDS = 4
const ENTRIES = 200_000

/** @typedef {Awaited<ReturnType<typeof open>>} Optio */

/**
 * Method. The embedded Postgres as it ships (on disk, fsync on), this process as the server, agents and readers in processes of
 * their own.
 *
 * - stored: lines of some 200 bytes (half of them JSON) lie in the output files of 1, 8 or 50 attempts, 200,000 in all; the time is from the
 *   first read until all are committed with their offsets and prepared for searches. Nobody reads along. This is what catching up is like.
 * - delivered: an agent process appends lines at a steady rate for 4 s to 1, 8 or 50 files; 100 readers on WebSockets with
 *   batch=1 are spread over the runs. The delay is from the moment the agent wrote a line until a reader's process has it parsed; each
 *   reader counts each entry, and one that is missing or out of order fails the benchmark.
 */
export default async function measureLogIngest() {
  const optio = await open()
  const figures = []
  try {
    for (const count of [1, 8, 50]) {
      const rates = []
      for (let n = 0; n < 3; n++) rates.push(await measureStored(optio, count))
      rates.sort((a, b) => a - b)
      figures.push({
        name: `stored, ${count} attempts, median`,
        value: Math.round(rates[1] ?? 0),
        unit: 'entries/s',
        n: 3,
        aim: { atLeast: 10_000 },
      })
    }
    for (const [count, rate] of /** @type {const} */ ([
      [1, 6_000],
      [8, 10_000],
      [50, 10_000],
    ])) {
      const { p50, p99, delivered, perSecond } = await measureDelivered(optio, count, rate)
      const name = `delivered, ${count} attempts, ${rate} entries/s, ${READERS} readers`
      figures.push({ name: `${name}: delay p50`, value: p50, unit: 'ms', n: delivered })
      figures.push({ name: `${name}: delay p99`, value: p99, unit: 'ms', n: delivered })
      // Readers of one run get each entry of it; spread over several they get their share.
      const aim = count === 1 ? { aim: { atLeast: 5_000 * READERS } } : {}
      figures.push({ name: `${name}: deliveries`, value: perSecond, unit: 'entries/s', n: 1, ...aim })
    }
  } finally {
    await optio.close()
  }
  return figures
}

async function open() {
  const { directory, database, close } = await openDatabase()
  const bus = await openNotifyBus({ database, log })
  const index = new LogIndex({ database, log })
  const hub = new LogHub(bus, { stored: (runId, seq) => index.grown(runId, seq) })
  const app = buildApp({
    logger: noRequestLog,
    version: 'bench',
    plugins: [async (scope) => registerLogSocket(scope, { database, hub, log })],
  })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    directory,
    database,
    hub,
    index,
    address: address.replace('http', 'ws'),
    async close() {
      await app.close()
      await index.close()
      hub.close()
      await bus.close()
      await close()
    },
  }
}

/** @param {Optio} optio */
async function liveAttempt({ database, directory }) {
  const run = { id: randomUUID(), workspaceId: DEFAULT_WORKSPACE_ID }
  const repository = { id: randomUUID(), workspaceId: run.workspaceId }
  const attempt = { id: randomUUID(), runId: run.id, workspaceId: run.workspaceId, number: 1, generation: 1 }
  await database.transaction(async (tx) => {
    await tx.insert(repositories).values({
      ...repository,
      repoUrl: `/${repository.id}`,
      gitPlatform: 'local',
      fullName: 'bench',
      defaultBranch: 'main',
    })
    await tx.insert(runs).values({
      ...run,
      kind: 'repo',
      repositoryId: repository.id,
      branch: 'optio/bench',
      state: 'running',
      title: 'Bench',
      prompt: 'Bench',
      agentType: 'command',
      createdBy: 'bench',
    })
    await engineLog.create(tx, [run])
    await tx
      .insert(attempts)
      .values({ ...attempt, reason: 'first', state: 'running', hostId: 'bench', agentType: 'command' })
  })
  return { attempt, dir: await mkdtemp(path.join(directory, 'step-')) }
}

/**
 * @param {Optio} optio
 * @param {{ attempt: Awaited<ReturnType<typeof liveAttempt>>['attempt'], dir: string }} step
 * @param {Promise<unknown>} ended
 */
function follow({ database, hub }, { attempt, dir }, ended) {
  const signal = new AbortController().signal
  return followStep(
    { database, hub, log },
    { attempt, dir, adapter: commandAgent, redact: (text) => text, ended, signal },
  )
}

/**
 * @param {Optio} optio
 * @param {number} count
 */
async function measureStored(optio, count) {
  const each = Math.round(ENTRIES / count)
  const words = 'lorem ipsum dolor sit amet '.repeat(7)
  const lines = Array.from({ length: each }, (_, n) =>
    n % 2 === 0 ? `${n} ${words}` : JSON.stringify({ type: 'text', content: `${n} ${words}` }),
  )
  const text = `${lines.join('\n')}\n`
  const steps = await Promise.all(
    Array.from({ length: count }, async () => {
      const step = await liveAttempt(optio)
      await writeFile(path.join(step.dir, 'out'), text)
      return step
    }),
  )
  const started = performance.now()
  await Promise.all(steps.map((step) => follow(optio, step, Promise.resolve())))
  // What is stored is to be searchable, too.
  await optio.index.settled()
  return (each * count) / ((performance.now() - started) / 1_000)
}

/**
 * @param {Optio} optio
 * @param {number} count
 * @param {number} rate
 * @returns {Promise<{ p50: number, p99: number, delivered: number, perSecond: number }>}
 */
async function measureDelivered(optio, count, rate) {
  const helper = (/** @type {string} */ role, /** @type {object} */ work) =>
    fork(fileURLToPath(new URL('log-ingest.helper.mjs', import.meta.url)), [role, JSON.stringify(work)])
  /** @type {Awaited<ReturnType<typeof liveAttempt>>[]} */
  const steps = []
  for (let n = 0; n < count; n++) steps.push(await liveAttempt(optio))
  await Promise.all(steps.map(({ dir }) => writeFile(path.join(dir, 'out'), '')))
  let end = () => {}
  const ended = new Promise((resolve) => {
    end = () => resolve(undefined)
  })
  const following = Promise.all(steps.map((step) => follow(optio, step, ended)))

  const each = Math.round((rate * SECONDS) / count)
  const urls = Array.from({ length: READERS }, (_, n) => {
    const step = steps[n % count]
    return `${optio.address}/ws/logs/${step?.attempt.runId}?batch=1`
  })
  const readers = helper('readers', { urls, each })
  await once(readers, 'message') // all are connected
  const report = once(readers, 'message')
  const agent = helper('agent', {
    files: steps.map(({ dir }) => path.join(dir, 'out')),
    each,
    perSecond: rate / count,
  })
  await once(agent, 'exit')
  const [result] = await report
  end()
  await following
  if (result.error) throw new Error(result.error)
  return result
}
