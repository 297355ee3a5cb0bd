import { rm } from 'node:fs/promises'
import { rounded } from './support/figures.mjs'
import { putUnderLoad } from './support/put-under-load.mjs'
import { makeRepository } from './support/repository.mjs'
import { seedRepository, seedTasks } from './support/seed.mjs'
import { connectTo, makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const TASKS = 100_000
const CONNECTIONS = 32
const WARM_UP_SECONDS = 3
const SECONDS = 10
/** Tasks that are asked for one by one. */
const PICKED = 20_000

/** Requests a second of the reference implementation on a machine like ours, as many tasks and connections. */
const REFERENCE = { post: 192, list: 522, get: 1_112, stats: 27, search: 12 }
/** What of it is aimed at. */
const TIMES = { post: 3, list: 2, get: 4, stats: 100, search: 20 }

/**
 * Method. A server on its embedded Postgres with 100,000 finished tasks, seeded, with 1.5 attempts each and prompts of some 800
 * characters. A process of its own sends requests over 32 kept-alive connections, each with one request at a time, for 10 s after 3 s of
 * warming up; it reads each answer to its end and does not parse it, and on a machine with few processors takes its share of them.
 * Beside each is the reference's figure, how often ours contains it, and the multiple of it that is aimed at.
 *
 * - list: 50 whole rows (`fields=full`). `same page`: all ask for the first one, as several open pages do; requests for the same page that
 *   come while one is answered share the next answer. `own page`: each connection asks for another, and nothing is shared.
 * - get: 20,000 tasks picked by chance, one after the other.
 * - stats: all ask for the same, which is counted once a second.
 * - search: 50 summaries; `rare word`: each request another word, of which there is one task. `two words`: a frequent one and one that
 *   begins a few words, each request another. `common words`: each request another of 51 pairs of frequent words; some never meet.
 * - create: of a connected repository on disk, whose branch is looked up; each task is stored with its first decision, its events and its
 *   words for searches. The one slot there is is taken by an agent that sleeps, so the tasks wait in the queue. It comes last; that as many tasks were added as were answered is looked at afterwards.
 */
export default async function measureApiLoad() {
  const dataDir = await makeDataDirectory()
  const repository = makeRepository()
  const server = await startServer(dataDir, { OPTIO_MAX_CONCURRENT: '1' })
  try {
    const db = await connectTo(dataDir)
    await seedTasks(db, { repository: await seedRepository(db), count: TASKS })
    await db.query('vacuum analyze')
    const { rows } = await db.query('select id from runs order by md5(id::text) limit $1', [PICKED])
    const tasks = `${server.url}/api/tasks`
    const reads = readsOf(
      tasks,
      rows.map(({ id }) => id),
    )
    const figures = []
    for (const { name, like, urls, inTurn } of reads) {
      figures.push(...figuresOf(name, like, await putUnderLoad({ ...HOW, urls, inTurn })))
    }
    figures.push(...(await measureCreate(server, repository, db)))
    await db.end()
    return figures
  } finally {
    await server.stop()
    await removeDataDirectory(dataDir)
    await rm(repository, { recursive: true, force: true })
  }
}

const HOW = { connections: CONNECTIONS, warmUpMs: WARM_UP_SECONDS * 1_000, ms: SECONDS * 1_000 }

/** Frequent words of seeded tasks; of the second ones each has its own third of the tasks. */
const EVERYWHERE = ['work', 'number', 'described', 'length', 'some', 'here']
const OF_A_THIRD = ['mend', 'parser', 'add', 'test', 'update', 'old']

/**
 * @param {string} tasks address of the list
 * @param {string[]} ids
 * @returns {{ name: string, like: keyof typeof REFERENCE, urls: string[], inTurn: boolean }[]}
 */
function readsOf(tasks, ids) {
  // Of five digits, which begin one number only, and of four, which begin eleven.
  const rare = Array.from({ length: PICKED }, (_, n) => 10_000 + ((n * 7_919) % 90_000))
  const few = Array.from({ length: PICKED }, (_, n) => 1_000 + ((n * 7_919) % 9_000))
  const words = [...OF_A_THIRD, ...EVERYWHERE]
  const pairs = OF_A_THIRD.flatMap((one, n) => words.slice(n + 1).map((other) => `${one}%20${other}`))
  return [
    { name: 'list, same page', like: 'list', urls: [`${tasks}?limit=50&fields=full`], inTurn: false },
    {
      name: 'list, own page',
      like: 'list',
      urls: Array.from({ length: CONNECTIONS }, (_, n) => `${tasks}?limit=50&fields=full&offset=${n * 50}`),
      inTurn: false,
    },
    { name: 'get', like: 'get', urls: ids.map((id) => `${tasks}/${id}`), inTurn: true },
    { name: 'stats', like: 'stats', urls: [`${tasks}/stats`], inTurn: false },
    {
      name: 'search, rare word',
      like: 'search',
      urls: rare.map((number) => `${tasks}/search?q=${number}`),
      inTurn: true,
    },
    {
      name: 'search, two words',
      like: 'search',
      urls: few.map((number) => `${tasks}/search?q=parser%20${number}`),
      inTurn: true,
    },
    {
      name: 'search, common words',
      like: 'search',
      urls: pairs.map((pair) => `${tasks}/search?q=${pair}`),
      inTurn: true,
    },
  ]
}

/**
 * @param {import('./support/server.mjs').BenchServer} server
 * @param {string} repository
 * @param {import('./support/seed.mjs').Queries} db
 */
async function measureCreate({ client, url }, repository, db) {
  await client.repos.connect({ body: { repoUrl: repository, agentCommand: ['sleep', '600'] } })
  const sleeper = await client.tasks.create({ body: { prompt: 'Sleep.', repoUrl: repository } })
  await until(async () => (await client.system.get()).system.running === 1)
  const body = JSON.stringify({
    title: 'The parser loses the last line',
    prompt: `Mend it, and add a test. ${'It is described at some length here. '.repeat(20)}`,
    repoUrl: repository,
  })
  const before = await count(db)
  const outcome = await putUnderLoad({
    ...HOW,
    urls: [`${url}/api/tasks`],
    post: { headers: { 'content-type': 'application/json' }, body },
  })
  const added = (await count(db)) - before
  await client.tasks.cancel({ params: { id: sleeper.task.id } })
  if (added < outcome.requests) throw new Error(`${outcome.requests} were answered, and ${added} are there`)
  return figuresOf('create', 'post', outcome)
}

/** @param {() => Promise<boolean>} holds */
async function until(holds) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** @param {import('./support/seed.mjs').Queries} db */
async function count(db) {
  const { rows } = await db.query('select count(*)::int as n from runs')
  return rows[0].n
}

/**
 * @param {string} name
 * @param {keyof typeof REFERENCE} like
 * @param {import('./support/put-under-load.mjs').Outcome} outcome
 */
function figuresOf(name, like, { perSecond, p50, p99, requests: n }) {
  const reference = REFERENCE[like]
  return [
    {
      name,
      value: perSecond,
      unit: 'requests/s',
      n,
      aim: { atLeast: reference * TIMES[like] },
    },
    {
      name: `${name}: of the reference's ${reference}`,
      value: rounded(perSecond / reference, 1),
      unit: 'times',
      n,
    },
    { name: `${name}: p50`, value: p50, unit: 'ms', n },
    {
      name: `${name}: p99${like === 'post' ? " (the reference's: 272)" : ''}`,
      value: p99,
      unit: 'ms',
      n,
    },
  ]
}
