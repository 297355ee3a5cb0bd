import { rm } from 'node:fs/promises'
import { openDatabase } from './support/bench-app.mjs'
import { percentile, rounded } from './support/figures.mjs'
import { makeRepository } from './support/repository.mjs'
import { startServer, stopWithAgents, until } from './support/server.mjs'

const AGENTS = 50
const ROUNDS = 5
/** @type {[string, ...string[]]} */
const AGENT = ['sh', '-c', 'n=0; while :; do n=$((n+1)); echo "line $n of $$"; sleep 1; done']

/**
 * Method. 50 agents work, each writing a line a second. The server that supervises them is killed (SIGKILL); agents and the database (the
 * embedded Postgres, here in a process of its own) go on. The time is from the kill until every attempt has a supervisor again, by the
 * database: its generation is raised and its process is on the list. Every agent must be running then, the same process as before,
 * and its log must go on.
 *
 * - restarted at once: the same server is started again when it is gone, as systemd would.
 * - by another process: a second server has been running on the same database and data directory, and notices by itself.
 */
export default async function measureTakeOver() {
  return [...(await measure('restarted at once', false)), ...(await measure('by another process', true))]
}

/**
 * @param {string} how
 * @param {boolean} another
 */
async function measure(how, another) {
  const { database, directory: dataDir, socketDirectory, close } = await openDatabase()
  const repository = makeRepository(5)
  const env = {
    OPTIO_MAX_CONCURRENT: String(AGENTS),
    DATABASE_URL: `postgres://optio@localhost/optio?host=${encodeURIComponent(socketDirectory)}`,
  }
  let server = await startServer(dataDir, env)
  const count = async (/** @type {string} */ sql) =>
    (await database.pool.query(`select count(*)::int as n ${sql}`)).rows[0].n
  try {
    await server.client.repos.connect({
      body: { repoUrl: repository, agentCommand: AGENT, maxConcurrentTasks: AGENTS },
    })
    for (let n = 0; n < AGENTS; n++) {
      await server.client.tasks.create({ body: { title: `Task ${n}`, prompt: 'Work.', repoUrl: repository } })
    }
    const working = `from attempts where state = 'running'`
    await until('all agents work', async () => (await count(working)) === AGENTS)
    const times = []
    for (let n = 1; n <= ROUNDS; n++) {
      const lines = await count('from log_entries')
      const { rows } = await database.pool.query('select max(generation) as generation from attempts')
      const adopted = `${working} and generation > ${rows[0].generation} and process_id in (select id from processes)`
      let next = another ? startServer(dataDir, env) : null
      await next
      const killed = performance.now()
      await server.kill()
      next ??= startServer(dataDir, env)
      const all = async () => (await count(adopted)) === AGENTS
      await until('every attempt has a supervisor again', all, { everyMs: 5 })
      times.push(performance.now() - killed)
      server = await next
      await until('the logs go on', async () => (await count('from log_entries')) > lines + AGENTS)
      if ((await count(working)) !== AGENTS || (await count('from attempts')) !== AGENTS) {
        throw new Error('an agent did not survive')
      }
    }
    const { rows } = await database.pool.query(
      `select run_id from log_entries where content like 'line %'
       group by run_id having count(distinct split_part(content, ' of ', 2)) > 1`,
    )
    if (rows.length > 0) throw new Error('an agent is another process than before')
    const name = `kill -9 with ${AGENTS} agents, ${how}: all supervised again`
    return [
      { name: `${name}, median`, value: rounded(percentile(times, 0.5)), unit: 'ms', n: ROUNDS },
      {
        name: `${name}, slowest`,
        value: rounded(Math.max(...times)),
        unit: 'ms',
        n: ROUNDS,
        aim: { atMost: 3000 },
      },
    ]
  } finally {
    await stopWithAgents(server)
    await close()
    await rm(repository, { recursive: true, force: true })
  }
}
