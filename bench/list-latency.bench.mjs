import { rounded } from './support/figures.mjs'
import { putUnderLoad } from './support/put-under-load.mjs'
import { quantileBetween, readRouteTimes } from './support/route-times.mjs'
import { RARE_WORD, seedLog, seedRepository, seedTasks, seedWords } from './support/seed.mjs'
import { seedDefinitions, seedEvents, seedFirings, seedParts, seedTemplates } from './support/seed-parts.mjs'
import { connectTo, makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const TASKS = 100_000
const RUNS = 10_000
const LOG_ENTRIES = 1_000_000
const DEFINITIONS = 1_000
const PARTS = 1_000
const CONNECTIONS = 8
const RUN_IN_SECONDS = 5
const WARM_UP_SECONDS = 1.5
const SECONDS = 3
/** What is asked of every list, in milliseconds; a bound of the server's own histogram, so that it is known exactly whether it is met. */
const AIM = 50

/**
 * Method. A server on its embedded Postgres with 100,000 finished tasks, 10,000 runs of one standalone task, each by a firing of
 * one webhook, a log of 1,000,000 entries, 1,000 definitions, 300,000 events, 1,000 templates of each kind, and one task with 1,000 of
 * each of its parts (100 attempts). A process of its own asks for one list over 8 kept-alive connections, each with one request at a
 * time, for 3 s after one and a half of warming up, which count for nothing, as five of other requests at the very beginning do; where the list has pages, each connection asks for its own one, so that nothing is
 * shared. Pages are of 50, unless the list says otherwise. A list without pages is the same for all connections, and events, dependencies and
 * dependents are then read once for all who ask at the same time, as for the pages on which a task is open.
 *
 * The figures are the 99th percentile of the server's own time, from the moment it has read a request until its answer is sent, from the
 * histogram of `/metrics`. Between its bounds (5, 10, 25, 50, 100 ms, …) the time is as if they were spread evenly. Last comes the slowest
 * as the process that asked saw it. On a machine with few processors that process takes its share of them.
 */
export default async function measureListLatency() {
  const dataDir = await makeDataDirectory()
  const server = await startServer(dataDir)
  try {
    const lists = listsOf(await seed(dataDir))
    await runIn(server.url)
    /** @type {import('../scripts/commands/bench.mjs').Figure[]} */
    const figures = []
    let slowest = { name: '', p99: 0, requests: 0 }
    for (const { name, route, queries, path } of lists) {
      const urls = queries.map((query) => `${server.url}${path}${query}`)
      await prepareSearch(urls)
      const load = { urls, connections: CONNECTIONS, warmUpMs: 0 }
      await putUnderLoad({ ...load, ms: WARM_UP_SECONDS * 1_000 })
      const before = (await readRouteTimes(server.url)).get(route)
      const { p99, requests } = await putUnderLoad({ ...load, ms: SECONDS * 1_000 })
      const after = (await readRouteTimes(server.url)).get(route)
      const value = rounded(quantileBetween(before, after, 0.99), 1)
      figures.push({ name: `${name}: p99`, value, unit: 'ms', n: requests, aim: { atMost: AIM } })
      if (p99 > slowest.p99) slowest = { name, p99, requests }
    }
    const { name, p99, requests } = slowest
    return [
      ...figures,
      { name: `slowest as seen by who asks (${name}): p99`, value: p99, unit: 'ms', n: requests },
    ]
  } finally {
    await server.stop()
    await removeDataDirectory(dataDir)
  }
}

/** @param {string} dataDir */
async function seed(dataDir) {
  const db = await connectTo(dataDir)
  const repository = await seedRepository(db)
  await seedTasks(db, { repository, count: TASKS })
  const { standaloneId, blueprintId } = await seedDefinitions(db, { repository, count: DEFINITIONS })
  const { triggerId } = await seedFirings(db, { definitionId: standaloneId, count: RUNS })
  // A tenth of the tasks were made from a blueprint.
  await db.query(`update runs set blueprint_id = $1 where kind = 'repo' and pr_number % 10 = 0`, [
    blueprintId,
  ])
  await seedEvents(db)
  const { runId: wholeId } = await seedParts(db, { repository, count: PARTS })
  const { runId: logId } = await seedLog(db, { repository, entries: LOG_ENTRIES })
  await seedWords(db)
  await seedTemplates(db, { count: PARTS })
  await db.query('vacuum analyze')
  await db.end()
  return { repository, standaloneId, blueprintId, triggerId, wholeId, logId }
}

/**
 * As a server that has run for a while: most of its code was compiled in its first seconds.
 * @param {string} url
 */
async function runIn(url) {
  const urls = ['tasks?limit=50', 'tasks?type=all', 'activity', 'repos'].map((path) => `${url}/api/${path}`)
  await putUnderLoad({ urls, connections: CONNECTIONS, warmUpMs: 0, ms: RUN_IN_SECONDS * 1_000 })
}

/**
 * Logs are prepared for searches when they are searched for the first time; nothing else takes longer at first.
 * @param {string[]} urls
 */
async function prepareSearch(urls) {
  const search = urls.find((url) => url.includes('/logs?search='))
  if (search === undefined) return
  /** @type {{ nextCursor?: string | null }} */
  let answer = {}
  do {
    answer = await (await fetch(search)).json()
  } while (answer.nextCursor)
}

const PAGES = Array.from({ length: CONNECTIONS }, (_, n) => n * 50)

/** @param {Awaited<ReturnType<typeof seed>>} seeded */
function listsOf({ repository, standaloneId, blueprintId, triggerId, wholeId, logId }) {
  const tasks = '/api/tasks'
  const whole = `${tasks}/${wholeId}`
  const paged = (/** @type {string} */ query) => PAGES.map((offset) => `?limit=50&offset=${offset}${query}`)
  const since = new Date(Date.now() - 20 * 3_600_000).toISOString()
  const until = new Date(Date.now() - 10 * 3_600_000).toISOString()
  const list = (/** @type {string} */ name, /** @type {string} */ path, queries = ['']) => ({
    name,
    path,
    queries,
    route: path
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, ':id')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, ':triggerId'),
  })
  return [
    list('tasks', tasks, paged('')),
    list('tasks, whole rows', tasks, paged('&fields=full')),
    list(
      'tasks, old ones by number (offset)',
      tasks,
      PAGES.map((n) => `?limit=50&offset=${TASKS * 0.9 + n}`),
    ),
    ...Object.entries({
      'one state': '&state=failed',
      'two states': '&state=failed&state=cancelled',
      'a state none is in': '&state=running',
      'waiting for a person': '&waitingOn=person',
      'waiting for a slot (none)': '&waitingOn=capacity',
      repository: `&repoUrl=${encodeURIComponent(repository.repoUrl)}`,
      'another repository': '&repoUrl=%2Fsrv%2Fgit%2Fother',
      agent: '&agentType=command',
      'an agent none has': '&agentType=claude-code',
      'their author': '&createdBy=seed',
      'an author of none': '&createdBy=nobody',
      'some hours': `&since=${since}&until=${until}`,
      'two common words': '&q=mend%20parser',
      'two common words that never meet': '&q=mend%20test',
      'a rare word': '&q=77777',
      'a blueprint': `&blueprintId=${blueprintId}`,
      'a parent': `&parentTaskId=${wholeId}`,
    }).map(([name, query]) => list(`tasks by ${name}`, tasks, paged(query))),
    list('everything as one list', tasks, paged('&type=all')),
    list('everything as one list, by a common word', tasks, paged('&type=all&q=described')),
    list('blueprints', tasks, paged('&type=repo-blueprint')),
    list('standalone tasks', tasks, paged('&type=standalone')),
    list('search', `${tasks}/search`, paged('&q=add%20test')),
    list('runs of a standalone task', `${tasks}/${standaloneId}/runs`, paged('')),
    list('runs of a blueprint', `${tasks}/${blueprintId}/runs`, paged('')),
    list('triggers', `${tasks}/${standaloneId}/triggers`),
    list('firings', `${tasks}/${standaloneId}/triggers/${triggerId}/firings`, paged('')),
    list('subtasks', `${whole}/subtasks`, paged('')),
    list('subtasks, how far', `${whole}/subtasks/status`),
    list('comments', `${whole}/comments`, paged('')),
    list('messages', `${whole}/messages`, paged('')),
    list(`dependencies (${PARTS / 2})`, `${whole}/dependencies`),
    list(`dependents (${PARTS / 2})`, `${whole}/dependents`),
    list('attempts (100)', `${whole}/attempts`),
    list('events (1,000)', `${whole}/events`),
    list(
      'events (1,000), nothing shared',
      `${whole}/events`,
      PAGES.map((_, n) => `?limit=${PARTS - n}`),
    ),
    list('activity of a task', `${whole}/activity`, paged('')),
    list('activity of all', '/api/activity', paged('')),
    list('activity of all, what people did', '/api/activity', paged('&byPeople=1')),
    list('templates of prompts', '/api/prompt-templates', paged('')),
    list('templates of tasks', '/api/task-templates', paged('')),
    list('repositories', '/api/repos'),
    list('a log, first page', `${tasks}/${logId}/logs`),
    list('a log, in the middle', `${tasks}/${logId}/logs`, [`?after=${LOG_ENTRIES / 2}`]),
    list('a log, of one type', `${tasks}/${logId}/logs`, ['?logType=error']),
    list('a log, search', `${tasks}/${logId}/logs`, [`?search=${RARE_WORD}`]),
  ]
}
