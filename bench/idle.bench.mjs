import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { rounded } from './support/figures.mjs'
import { cpuSecondsOf, cpuSecondsOfEnded, memoryOf, processTree } from './support/processes.mjs'
import { makeRepository } from './support/repository.mjs'
import {
  makeDataDirectory,
  postmaster,
  removeDataDirectory,
  startServer,
  stopWithAgents,
  until,
} from './support/server.mjs'

const TASKS = 200
const SETTLE_MS = 30_000
const WATCHED_MS = 60_000
const COMMIT_SOMETHING =
  'echo done > "$(git branch --show-current | tr / -)" && git add . && git -c user.name=A -c user.email=a@example.invalid commit -qm Done'

/**
 * Method. A server with an empty data directory, the embedded Postgres as it ships; Linux only.
 *
 * - memory: 30 s after it is ready and nothing was asked of it, the PSS of the server's process and of all of Postgres.
 * - processor: one slot (OPTIO_MAX_CONCURRENT=1), taken by an agent that sleeps; 200 tasks wait for it. From 30 s after the last was
 *   created, the processor time of the same processes over 60 s, in percent of one core. The agent and its supervisor are not
 *   counted.
 * - open pull requests: another server; 200 tasks whose agents committed a file and whose pull requests wait for a person. From 30 s after
 *   the last began to wait, the processor time over 60 s of the server, of Postgres, and of the git processes that ended.
 */
export default async function measureIdle() {
  return [...(await measureQueue()), ...(await measurePullRequests())]
}

/** 200 open pull requests, each made by an agent, that wait for a person to merge them; git processes are counted. */
async function measurePullRequests() {
  const dataDir = await makeDataDirectory()
  const repository = makeRepository()
  const server = await startServer(dataDir, { OPTIO_MAX_CONCURRENT: '8' })
  try {
    const { pid } = await postmaster(dataDir)
    const { repo } = await server.client.repos.connect({
      body: { repoUrl: repository, agentCommand: ['sh', '-c', COMMIT_SOMETHING] },
    })
    await server.client.repos.edit({ params: { id: repo.id }, body: { maxConcurrentTasks: 8 } })
    for (let n = 0; n < TASKS; n++) {
      await server.client.tasks.create({
        body: { title: `Task ${n}`, prompt: 'Do it.', repoUrl: repository },
      })
    }
    await until(
      'all wait for a person',
      async () => (await server.client.tasks.stats()).stats.waitingForPerson === TASKS,
      { everyMs: 1_000, withinMs: 900_000 },
    )
    await sleep(SETTLE_MS)
    const used = () => cpuSecondsOf([server.pid, ...processTree(pid)]) + cpuSecondsOfEnded(server.pid)
    const before = used()
    const started = performance.now()
    await sleep(WATCHED_MS)
    const share = (used() - before) / ((performance.now() - started) / 1000)
    return [
      {
        name: `idle processor, ${TASKS} open pull requests waiting for a person`,
        value: rounded(share * 100, 2),
        unit: '% of a core',
        n: 1,
      },
    ]
  } finally {
    await stopWithAgents(server)
    await removeDataDirectory(dataDir)
    await rm(repository, { recursive: true, force: true })
  }
}

async function measureQueue() {
  const dataDir = await makeDataDirectory()
  const repository = makeRepository()
  const server = await startServer(dataDir, { OPTIO_MAX_CONCURRENT: '1' })
  try {
    const { pid } = await postmaster(dataDir)
    const processes = () => ({ server: [server.pid], postgres: processTree(pid) })
    await sleep(SETTLE_MS)
    const memory = processes()
    const serverBytes = memoryOf(memory.server)
    const postgresBytes = memoryOf(memory.postgres)

    await server.client.repos.connect({
      body: { repoUrl: repository, agentCommand: ['sleep', '3600'] },
    })
    for (let n = 0; n <= TASKS; n++) {
      await server.client.tasks.create({ body: { title: `Task ${n}`, prompt: 'Wait.', repoUrl: repository } })
    }
    await until('an agent works', async () => {
      const { stats } = await server.client.tasks.stats()
      return stats.running === 1 && stats.queued === TASKS
    })
    await sleep(SETTLE_MS)
    const watched = processes()
    const before = { server: cpuSecondsOf(watched.server), postgres: cpuSecondsOf(watched.postgres) }
    const started = performance.now()
    await sleep(WATCHED_MS)
    const seconds = (performance.now() - started) / 1000
    const serverShare = (cpuSecondsOf(watched.server) - before.server) / seconds
    const postgresShare = (cpuSecondsOf(watched.postgres) - before.postgres) / seconds
    const mib = (/** @type {number} */ bytes) => rounded(bytes / 2 ** 20, 1)
    const percent = (/** @type {number} */ share) => rounded(share * 100, 2)
    return [
      { name: 'idle memory, server', value: mib(serverBytes), unit: 'MiB PSS', n: 1 },
      { name: 'idle memory, Postgres', value: mib(postgresBytes), unit: 'MiB PSS', n: 1 },
      {
        name: 'idle memory',
        value: mib(serverBytes + postgresBytes),
        unit: 'MiB PSS',
        n: 1,
        // 200 MB
        aim: { atMost: 190 },
      },
      {
        name: `idle processor, ${TASKS} waiting, server`,
        value: percent(serverShare),
        unit: '% of a core',
        n: 1,
      },
      {
        name: `idle processor, ${TASKS} waiting, Postgres`,
        value: percent(postgresShare),
        unit: '% of a core',
        n: 1,
      },
      {
        name: `idle processor, ${TASKS} waiting`,
        value: percent(serverShare + postgresShare),
        unit: '% of a core',
        n: 1,
        aim: { atMost: 1 },
      },
    ]
  } finally {
    await stopWithAgents(server)
    await removeDataDirectory(dataDir)
    await rm(repository, { recursive: true, force: true })
  }
}
