import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile, rounded } from './support/figures.mjs'
import { FREQUENT_WORD, RARE_WORD, seedLog, seedRepository } from './support/seed.mjs'
import { connectTo, makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const ENTRIES = 1_000_000
const ROUNDS = 100

/**
 * Method. A server on its embedded Postgres; a log of 1,000,000 entries of some 120 bytes of content, seeded, and prepared for searches by
 * the server itself, which a first search makes it do (the time until then is a figure of its own). Then each page of 200 entries is asked
 * for 100 times, one request after the other: the time is that of the whole request on loopback, the answer read but not parsed. Nothing is
 * cached between requests but by Postgres. The export is read to its end; its peak is the most memory (RSS) the server's process had
 * beyond what it had before, looked at every 20 ms.
 */
export default async function measureLogPages() {
  const dataDir = await makeDataDirectory()
  const server = await startServer(dataDir)
  try {
    const db = await connectTo(dataDir)
    const repository = await seedRepository(db)
    const seeding = performance.now()
    const { runId } = await seedLog(db, { repository, entries: ENTRIES })
    const seeded = (performance.now() - seeding) / 1000
    const logs = `${server.url}/api/tasks/${runId}/logs`
    const preparing = performance.now()
    await (await fetch(`${logs}?search=nothing-of-the-kind`)).text()
    const signed = async () => {
      const { rows } = await db.query(
        'select count(*)::int as n from log_signatures where run_id = $1 and shard = 0',
        [runId],
      )
      return rows[0].n
    }
    while ((await signed()) < Math.floor(ENTRIES / 1024)) await sleep(50)
    const prepared = (performance.now() - preparing) / 1000
    await db.query('vacuum analyze log_entries, log_signatures')
    await db.end()

    /** @type {import('../scripts/commands/bench.mjs').Figure[]} */
    const figures = [
      { name: `seeding ${ENTRIES} entries`, value: rounded(seeded, 1), unit: 's', n: 1 },
      { name: 'preparing them for searches', value: rounded(prepared, 1), unit: 's', n: 1 },
    ]
    const pages = {
      first: '',
      last: `?before=${ENTRIES + 1}`,
      middle: `?after=${ENTRIES / 2}`,
      'by number (offset)': `?offset=${(ENTRIES * 3) / 4}`,
      'of a frequent type': '?logType=text&after=500000',
      'of a rare type': '?logType=error',
      'search, frequent word': `?search=${FREQUENT_WORD}`,
      'search, frequent word, backwards': `?search=${FREQUENT_WORD}&before=${ENTRIES + 1}`,
      'search, rare word': `?search=${RARE_WORD.toUpperCase()}`,
      'search, two common words that never meet': '?search=parser%20function',
      'search, no match': '?search=nothing-of-the-kind',
      'search, two characters (in parts)': '?search=zq',
    }
    for (const [name, query] of Object.entries(pages)) {
      const times = []
      for (let n = 0; n < ROUNDS + 5; n++) {
        const started = performance.now()
        const answer = await fetch(`${logs}${query}`)
        await answer.arrayBuffer()
        if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
        if (n >= 5) times.push(performance.now() - started)
      }
      figures.push({
        name: `page, ${name}: p50`,
        value: rounded(percentile(times, 0.5), 1),
        unit: 'ms',
        n: ROUNDS,
        aim: { atMost: name.includes('in parts') ? 60 : 10 },
      })
      figures.push({
        name: `page, ${name}: p99`,
        value: rounded(percentile(times, 0.99), 1),
        unit: 'ms',
        n: ROUNDS,
      })
    }
    return [...figures, ...(await measureExport(server, logs))]
  } finally {
    await server.stop()
    await removeDataDirectory(dataDir)
  }
}

/**
 * @param {import('./support/server.mjs').BenchServer} server
 * @param {string} logs
 */
async function measureExport(server, logs) {
  const memory = () =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'latin1'))?.[1]) / 1024
  const before = memory()
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, memory())
  }, 20)
  const started = performance.now()
  let bytes = 0
  try {
    const answer = await fetch(`${logs}/export?format=json`)
    for await (const chunk of answer.body ?? []) {
      bytes += chunk.length
    }
  } finally {
    clearInterval(watch)
  }
  const seconds = (performance.now() - started) / 1000
  return [
    {
      name: `export of ${ENTRIES} entries (${rounded(bytes / 2 ** 20)} MiB of JSON)`,
      value: rounded(seconds, 1),
      unit: 's',
      n: 1,
    },
    {
      name: 'export, memory of the server beyond idle, peak',
      value: rounded(peak - before),
      unit: 'MiB RSS',
      n: 1,
    },
  ]
}
