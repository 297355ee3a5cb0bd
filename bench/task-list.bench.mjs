import { putUnderLoad } from './support/put-under-load.mjs'
import { seedRepository, seedTasks } from './support/seed.mjs'
import { connectTo, makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const TASKS = 100_000
const CONNECTIONS = 32
const SECONDS = 10

/**
 * Method. A server on its embedded Postgres with 100,000 finished tasks, seeded, with 1.5 attempts each and prompts of some 800
 * characters. A process of its own asks for `GET /api/tasks?limit=50` over 32 kept-alive connections, each with one request at a time, for
 * 10 s after 3 s of warming up: as summaries (the default) and as full rows (`fields=full`), the first page of one state, and with each
 * connection asking for a page of its own. All but the last share answers, as several open pages do: requests for the same
 * list that wait for the one before are answered together. It reads each answer to its end and does not parse it. On a machine with few processors it takes its share of them.
 */
export default async function measureTaskList() {
  const dataDir = await makeDataDirectory()
  const server = await startServer(dataDir)
  try {
    const db = await connectTo(dataDir)
    await seedTasks(db, { repository: await seedRepository(db), count: TASKS })
    await db.end()
    const figures = []
    const pages = Array.from({ length: CONNECTIONS }, (_, n) => `?limit=50&offset=${n * 50}`)
    for (const [name, queries] of Object.entries({
      summaries: ['?limit=50'],
      'full rows': ['?limit=50&fields=full'],
      'summaries of one state': ['?limit=50&state=needs_attention'],
      'summaries, each connection another page': pages,
    })) {
      const urls = queries.map((query) => `${server.url}/api/tasks${query}`)
      const { perSecond, p50, p99, requests } = await putUnderLoad({
        urls,
        connections: CONNECTIONS,
        warmUpMs: 3_000,
        ms: SECONDS * 1_000,
      })
      figures.push({
        name: `50 of ${TASKS} tasks, ${name}`,
        value: perSecond,
        unit: 'requests/s',
        n: requests,
        ...(name === 'summaries' ? { aim: { atLeast: 1_500 } } : {}),
      })
      figures.push({ name: `50 of ${TASKS} tasks, ${name}: p50`, value: p50, unit: 'ms', n: requests })
      figures.push({ name: `50 of ${TASKS} tasks, ${name}: p99`, value: p99, unit: 'ms', n: requests })
    }
    return figures
  } finally {
    await server.stop()
    await removeDataDirectory(dataDir)
  }
}
