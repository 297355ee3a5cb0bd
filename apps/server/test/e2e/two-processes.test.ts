import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@optio/contract'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { attemptsOf } from './support/facts.ts'
import { Place } from './support/place.ts'
import { makeRepository } from './support/repository.ts'
import { promptOf, readJournal, readViolations, SCRIPTED_AGENT } from './support/scripted.ts'
import type { ServerProcess } from './support/server.ts'
import { until } from './support/until.ts'

/** 40 in the usual suite; 200 for the full proof. */
const TASKS = Number(process.env.OPTIO_TEST_TASKS ?? 40)
const REPOSITORIES = 4
/** The repositories, and a saved task without one. */
const GROUPS = REPOSITORIES + 1
const GLOBAL_LIMIT = 6
const GROUP_LIMIT = 2
const TAKE_OVER_MS = 3_000

interface Sample {
  readonly used: number
  readonly byGroup: Readonly<Record<string, number>>
}

describe(`two processes on one database with ${TASKS} tasks, each killed midway`, () => {
  const ids: { id: string; group: number }[] = []
  const samples: Sample[] = []
  const takeOvers: number[] = []
  let place: Place
  let database: TestDatabase
  let pool: pg.Pool
  let servers: ServerProcess[] = []
  let sampling = true
  let sampler: Promise<void> = Promise.resolve()

  const start = async () => {
    const server = await place.start({
      DATABASE_URL: database.url,
      OPTIO_MAX_CONCURRENT: String(GLOBAL_LIMIT),
    })
    servers.push(server)
    return server
  }
  const client = (): Client => {
    const [server] = servers
    if (!server) throw new Error('no server runs')
    return server.client
  }
  const unfinished = async () => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from runs where state in ('pending', 'queued', 'provisioning', 'running')`,
    )
    return rows[0]?.n ?? 0
  }

  const sample = async () => {
    while (sampling) {
      const { rows } = await pool.query<{ group_id: string; used: number }>(`
        select r.group_id, count(*)::int as used from attempts a join runs r on r.id = a.run_id
        where a.state in ('starting', 'running') group by 1`)
      samples.push({
        used: rows.reduce((sum, { used }) => sum + used, 0),
        byGroup: Object.fromEntries(rows.map(({ group_id, used }) => [group_id, used])),
      })
      await sleep(20)
    }
  }

  /** Kills a process that supervises agents, and measures until somebody else has all of them. */
  const killOne = async (victim: ServerProcess) => {
    const { rows } = await until('it supervises agents', async () => {
      const found = await pool.query<{ id: string; process_id: string }>(
        `select a.id, a.process_id from attempts a join processes p on p.id = a.process_id
          where a.state = 'running' and p.pid = $1`,
        [victim.pid],
      )
      return found.rows.length >= 1 ? found : null
    })
    const held = rows.map(({ id }) => id)
    const dead = rows[0]?.process_id
    const killed = performance.now()
    await victim.kill()
    servers = servers.filter((server) => server !== victim)
    await until(
      'its agents are taken over',
      async () => {
        const left = await pool.query(
          `select from attempts where id = any($1) and state in ('starting', 'running')
            and (process_id is null or process_id = $2)`,
          [held, dead],
        )
        return left.rows.length === 0
      },
      { withinMs: 10_000, everyMs: 5 },
    )
    takeOvers.push(performance.now() - killed)
  }

  beforeAll(async () => {
    database = await testDatabase()
    place = await Place.make()
    pool = new pg.Pool({ connectionString: database.url, max: 3 })
    pool.on('error', () => undefined)
    const [first, second] = [await start(), await start()]
    const repositories: string[] = []
    for (let i = 0; i < REPOSITORIES; i++) {
      const path = await makeRepository(place.root, `repository-${i}`, { 'README.md': 'A sample\n' })
      repositories.push(path)
      await client().repos.connect({
        body: { repoUrl: path, agentCommand: SCRIPTED_AGENT, maxConcurrentTasks: GROUP_LIMIT },
      })
    }
    // Long enough to be at work when a process dies; they commit nothing, so one attempt is all a task has.
    const prompt = promptOf({ any: [['lines', 3, 200]] })
    const { task: job } = await client().tasks.create({
      body: {
        ...{ type: 'standalone', name: 'A job', prompt, agentType: 'command' },
        ...{ agentCommand: SCRIPTED_AGENT, maxConcurrent: GROUP_LIMIT },
      },
    })
    sampler = sample()
    for (let i = 0; i < TASKS; i++) {
      const group = i % GROUPS
      const { tasks, runs } = (i % 2 === 0 ? first : second).client
      if (group === REPOSITORIES) {
        const { runId } = await runs.start({ params: { id: job.id }, body: {} })
        ids.push({ id: runId, group })
      } else {
        const repoUrl = repositories[group]
        const { task } = await tasks.create({
          body: { title: `Task ${i}`, prompt, repoUrl, agentType: 'command' },
        })
        ids.push({ id: task.id, group })
      }
    }
    await until('a third is done', async () => (await unfinished()) <= (TASKS * 2) / 3, { withinMs: 300_000 })
    await killOne(first)
    const third = await start()
    await until('two thirds are done', async () => (await unfinished()) <= TASKS / 3, { withinMs: 300_000 })
    await killOne(second)
    await until('all are done', async () => (await unfinished()) === 0, { withinMs: 300_000 })
    expect(servers).toEqual([third])
    sampling = false
    await sampler
    console.log(
      `${TASKS} tasks; most at once ${Math.max(...samples.map(({ used }) => used))} of ${GLOBAL_LIMIT} in ${samples.length} samples; ` +
        `take-over ${takeOvers.map((ms) => `${Math.round(ms)} ms`).join(', ')}`,
    )
  }, 900_000)

  afterAll(async () => {
    sampling = false
    await sampler.catch(() => undefined)
    await pool?.end()
    await place?.close()
    await database?.drop()
  })

  test('every task has run exactly once', async () => {
    for (const { id } of ids) {
      const attempts = await attemptsOf(client(), id)
      expect(attempts.map(({ reason, state }) => `${reason} ${state}`)).toEqual(['first succeeded'])
      const journal = await readJournal(place.home(id))
      expect(journal.map(({ what, attempt }) => `${what} ${attempt}`)).toEqual(['start 1', 'end 1'])
      expect(await readViolations(place.home(id))).toBe('')
    }
  })

  test('the limits were kept, as the database and the agents themselves say', async () => {
    for (const { used, byGroup } of samples) {
      expect(used).toBeLessThanOrEqual(GLOBAL_LIMIT)
      for (const each of Object.values(byGroup)) expect(each).toBeLessThanOrEqual(GROUP_LIMIT)
    }
    const moves: { at: number; by: 1 | -1; group: number }[] = []
    for (const { id, group } of ids) {
      for (const { what, at } of await readJournal(place.home(id)))
        moves.push({ at, by: what === 'start' ? 1 : -1, group })
    }
    const inside = new Map<number | 'all', number>()
    for (const { by, group } of moves.sort((a, b) => a.at - b.at || a.by - b.by)) {
      for (const [key, limit] of [
        ['all', GLOBAL_LIMIT],
        [group, GROUP_LIMIT],
      ] as const) {
        const now = (inside.get(key) ?? 0) + by
        inside.set(key, now)
        expect(now).toBeLessThanOrEqual(limit)
      }
    }
    // The limits were not kept by doing nothing.
    expect(Math.max(...samples.map(({ used }) => used))).toBe(GLOBAL_LIMIT)
  })

  test(`the agents of a process that dies are taken over within ${TAKE_OVER_MS} ms`, () => {
    expect(takeOvers).toHaveLength(2)
    for (const ms of takeOvers) expect(ms).toBeLessThan(TAKE_OVER_MS)
  })
})
