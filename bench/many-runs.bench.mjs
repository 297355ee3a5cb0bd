import { setTimeout as sleep } from 'node:timers/promises'
import { rounded } from './support/figures.mjs'
import {
  connectTo,
  makeDataDirectory,
  removeDataDirectory,
  startServer,
  stopWithAgents,
  until,
} from './support/server.mjs'

/** Runs that have been made at each look at the memory. */
const LOOKS = [100, 500, 1_000]
/** So many are made before anything is measured: caches and pools are as full as they get. */
const WARM_UP = 50
/** Runs that are made, or under way, at once. */
const AT_ONCE = 8
const SETTLE_MS = 5_000
const COLLECT = new URL('support/collect-on-signal.mjs', import.meta.url).href
const MIB = 2 ** 20

/**
 * Method. A server on its embedded Postgres; a standalone task whose agent is `echo`, so that a run lasts as long as its environment, its
 * start, its log and its end take. After 50 to warm up, 1,000 are run, 8 at a time and each made as soon as another one has ended, as
 * far as the list of runs says. After 100, 500 and 1,000, when all have ended and 5 s after that, the server is told to collect garbage
 * (it runs with `--expose-gc` for this alone) and says what it uses in `/metrics`: memory of the process, and of it what JavaScript
 * keeps. That the latter does not grow is the point: what one run leaves behind there, 900 runs would show. The delay of the event
 * loop is of the time between two looks, measured by the server itself. Linux and macOS.
 */
export default async function measureManyRuns() {
  const dataDir = await makeDataDirectory()
  const server = await startServer(dataDir, {
    OPTIO_MAX_CONCURRENT: String(AT_ONCE),
    NODE_OPTIONS: `--expose-gc --import=${COLLECT}`,
  })
  try {
    const { task } = await server.client.tasks.create({
      body: {
        type: 'standalone',
        name: 'Say something',
        prompt: 'Say hello to {{ who }}.',
        agentType: 'command',
        agentCommand: ['echo', 'hello'],
        maxConcurrent: AT_ONCE,
      },
    })
    const db = await connectTo(dataDir)
    await run(server, db, task.id, WARM_UP)
    await look(server)
    /** @type {import('../scripts/commands/bench.mjs').Figure[]} */
    const figures = []
    const looks = []
    let made = 0
    let seconds = 0
    for (const total of LOOKS) {
      const started = performance.now()
      await run(server, db, task.id, total - made)
      seconds += (performance.now() - started) / 1000
      made = total
      const seen = await look(server)
      looks.push(seen)
      figures.push(
        {
          name: `memory of the server after ${total} runs`,
          value: rounded(seen.memory / MIB, 1),
          unit: 'MiB RSS',
          n: 1,
        },
        {
          name: `kept by JavaScript after ${total} runs`,
          value: rounded(seen.heap / MIB, 1),
          unit: 'MiB',
          n: 1,
        },
        {
          name: `delay of the event loop up to ${total} runs: p99`,
          value: rounded(seen.delayP99, 1),
          unit: 'ms',
          n: 1,
        },
        {
          name: `delay of the event loop up to ${total} runs: longest`,
          value: rounded(seen.delayMax, 1),
          unit: 'ms',
          n: 1,
        },
      )
    }
    await requireCompleted(db, WARM_UP + made)
    await db.end()
    const first = looks.at(0)
    const last = looks.at(-1)
    if (first === undefined || last === undefined) throw new Error('there was no look')
    const between = (LOOKS.at(-1) ?? 0) - (LOOKS.at(0) ?? 0)
    return [
      ...figures,
      {
        name: `growth of what JavaScript keeps, over ${between} runs`,
        value: rounded((last.heap - first.heap) / 1024 / between, 2),
        unit: 'KiB a run',
        n: 1,
        aim: { atMost: 1 },
      },
      {
        name: `growth of the memory of the server, over ${between} runs`,
        value: rounded((last.memory - first.memory) / 1024 / between, 2),
        unit: 'KiB a run',
        n: 1,
      },
      {
        name: `runs of ${AT_ONCE} at a time`,
        value: rounded((made / seconds) * 60),
        unit: 'runs/min',
        n: made,
      },
    ]
  } finally {
    await stopWithAgents(server)
    await removeDataDirectory(dataDir)
  }
}

/**
 * Makes so many runs, never more than `AT_ONCE` unfinished, and waits until all have ended.
 * @param {import('./support/server.mjs').BenchServer} server
 * @param {import('./support/seed.mjs').Queries} db
 * @param {string} id of the definition
 * @param {number} count
 */
async function run({ client }, db, id, count) {
  let made = 0
  await until(
    `${count} runs end`,
    async () => {
      const { rows } = await db.query(
        `select count(*)::int as n from runs
         where blueprint_id = $1 and state not in ('completed', 'failed', 'cancelled')`,
        [id],
      )
      const free = Math.min(AT_ONCE - rows[0].n, count - made)
      for (let n = 0; n < free; n++)
        await client.runs.start({ params: { id }, body: { params: { who: `run ${made++}` } } })
      return made === count && rows[0].n === 0
    },
    { everyMs: 20, withinMs: 1_800_000 },
  )
}

/**
 * What the server says of itself once nothing is under way and garbage is collected: bytes and milliseconds.
 * @param {import('./support/server.mjs').BenchServer} server
 */
async function look({ pid, url }) {
  // The delay is asked for first: it is of what ran, not of collecting.
  const busy = await metrics(url)
  await sleep(SETTLE_MS)
  for (let n = 0; n < 3; n++) {
    process.kill(pid, 'SIGWINCH')
    await sleep(300)
  }
  const calm = await metrics(url)
  return {
    memory: calm('process_resident_memory_bytes'),
    heap: calm('nodejs_heap_size_used_bytes'),
    delayP99: busy('optio_event_loop_delay_seconds{quantile="0.99"}') * 1000,
    delayMax: busy('optio_event_loop_delay_seconds{quantile="1"}') * 1000,
  }
}

/** @param {string} url */
async function metrics(url) {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
  return (/** @type {string} */ name) =>
    Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1))
}

/**
 * @param {import('./support/seed.mjs').Queries} db
 * @param {number} count
 */
async function requireCompleted(db, count) {
  const { rows } = await db.query(`select count(*)::int as n from runs where state = 'completed'`)
  if (rows[0].n !== count) throw new Error(`${rows[0].n} of ${count} runs were completed`)
}
