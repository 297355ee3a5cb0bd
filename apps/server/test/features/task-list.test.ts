import { randomUUID } from 'node:crypto'
import { type AnyTask, executedOnly, type Repo, type Task } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runs } from '../../src/database/schema/index.ts'
import { listTasksQuery } from '../../src/features/tasks/list-query.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
let tasks: Task[]
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
  tasks = []
  for (let n = 0; n < 7; n += 1)
    tasks.unshift(await optio.task(repo, { title: `Task number ${n}`, prompt: `p${n}` }))
})
afterAll(() => optio.close())

const titles = (list: readonly AnyTask[]) => list.map(({ title }) => title)

/** What is counted may lag by a second. */
const counted = (expected: object) =>
  vi.waitFor(async () => expect((await optio.client.tasks.stats()).stats).toMatchObject(expected), {
    timeout: 30_000,
    interval: 100,
  })

/** All pages, as a client walks them. */
async function walk(query: Record<string, unknown>): Promise<Task[]> {
  const found: Task[] = []
  let cursor: string | undefined
  for (let page = 0; page < 100; page += 1) {
    const answer = await optio.client.tasks.list({ query: { ...query, ...(cursor ? { cursor } : {}) } })
    found.push(...executedOnly(answer.tasks))
    expect(answer.hasMore).toBe(answer.nextCursor !== null)
    if (answer.nextCursor === null) return found
    cursor = answer.nextCursor
  }
  throw new Error('the list does not end')
}

describe('the list of tasks', () => {
  it('is newest first, in pages by offset', async () => {
    const first = await optio.client.tasks.list({ query: { limit: 3 } })
    expect(titles(first.tasks)).toEqual(titles(tasks.slice(0, 3)))
    expect(first).toMatchObject({ limit: 3, hasMore: true })
    expect(first).not.toHaveProperty('offset')
    const second = await optio.client.tasks.list({ query: { limit: 3, offset: 3 } })
    expect(titles(second.tasks)).toEqual(titles(tasks.slice(3, 6)))
    expect(second).toMatchObject({ limit: 3, offset: 3, hasMore: true })
    const last = await optio.client.tasks.list({ query: { limit: 3, offset: 6 } })
    expect(last).toMatchObject({ hasMore: false, nextCursor: null })
    expect(last.tasks).toHaveLength(1)
  })

  it('with a cursor repeats and skips nothing while tasks are added', async () => {
    const first = await optio.client.tasks.list({ query: { limit: 2 } })
    const added = await optio.task(repo, { title: 'Added' })
    const rest = await walk({ limit: 2, cursor: undefined, until: tasks[0]?.createdAt })
    const second = await optio.client.tasks.list({ query: { limit: 100, cursor: first.nextCursor ?? '' } })
    expect(titles([...first.tasks, ...second.tasks])).toEqual(titles(tasks))
    expect(titles(rest)).toEqual(titles(tasks))
    await optio.client.tasks.remove({ params: { id: added.id } })
  })

  it('with a cursor tells apart tasks of one microsecond', async () => {
    const before = await optio.database.orm.select({ id: runs.id, createdAt: runs.createdAt }).from(runs)
    await optio.database.orm.update(runs).set({ createdAt: sql`timestamptz '2026-03-01 10:00:00.123456Z'` })
    const walked = await walk({ limit: 2 })
    expect(new Set(walked.map(({ id }) => id)).size).toBe(tasks.length)
    expect(walked).toHaveLength(tasks.length)
    for (const { id, createdAt } of before) {
      await optio.database.orm.update(runs).set({ createdAt }).where(eq(runs.id, id))
    }
  })

  it('is filtered by state, repository, agent, words, time and creator', async () => {
    const [newest] = tasks
    if (newest === undefined) throw new Error('there are tasks')
    const count = async (query: Record<string, unknown>) =>
      (await optio.client.tasks.list({ query })).tasks.length
    expect(await count({ state: 'queued' })).toBe(7)
    expect(await count({ state: ['queued', 'running'] })).toBe(7)
    expect(await count({ state: ['failed'] })).toBe(0)
    expect(await count({ repoUrl: `file://${repo.repoUrl}` })).toBe(7)
    expect(await count({ repoUrl: '/elsewhere' })).toBe(0)
    expect(await count({ agentType: 'command' })).toBe(7)
    expect(await count({ agentType: 'claude' })).toBe(0)
    expect(await count({ q: 'NUMBER 3' })).toBe(1)
    expect(await count({ q: 'p4' })).toBe(1)
    expect(await count({ q: '%' })).toBe(0)
    expect(await count({ q: '' })).toBe(7)
    expect(await count({ since: newest.createdAt })).toBe(1)
    expect(await count({ until: newest.createdAt })).toBe(7)
    expect(await count({ since: '2020-01-01', until: '2020-01-02' })).toBe(0)
    expect(await count({ createdBy: 'local' })).toBe(7)
    expect(await count({ createdBy: 'nobody' })).toBe(0)
    expect(await count({ parentTaskId: randomUUID() })).toBe(0)
    expect(await count({ type: 'all' })).toBe(7)
    expect(await count({ type: 'standalone' })).toBe(0)
    const { tasks: found } = await optio.client.tasks.search({ query: { q: 'number 5' } })
    expect(titles(found)).toEqual(['Task number 5'])
  })

  it('by words is what has a word that begins with each of them, in title or prompt', async () => {
    const made: Task[] = []
    const texts = [
      ['Mend src/parser.ts', 'It fails for "a & b | !c".'],
      ['Größe der Straße', 'foo_bar ÜBERMUT'],
      ['Nothing', `far ${'away '.repeat(5_000)}unreachable`],
    ] as const
    for (const [title, prompt] of texts) made.push(await optio.task(repo, { title, prompt }))
    const found = async (q: string) => titles((await optio.client.tasks.list({ query: { q } })).tasks)
    const [parser, german, long] = texts.map(([title]) => title) as [string, string, string]
    expect(await found('parser')).toEqual([parser])
    expect(await found('PARS men')).toEqual([parser])
    expect(await found('parser.ts')).toEqual([parser])
    expect(await found('arser')).toEqual([])
    expect(await found('mend größe')).toEqual([])
    expect(await found('grö STRA über bar')).toEqual([german])
    expect(await found('nothing far away')).toEqual([long])
    expect(await found('unreachable')).toEqual([])
    // What has a meaning in queries has none here, and is no word.
    for (const q of ["a & b | !c <-> ':*", 'a b c', '"a" (b) \\c', "'; drop table runs; --a"]) {
      expect(await found(q), q).toEqual(q.includes('drop') ? [] : [parser])
    }
    for (const q of ["'", '\\', ':*', '!', '& |', '<->', '%', '()', '😀'])
      expect(await found(q), q).toEqual([])
    await optio.client.tasks.edit({ params: { id: made[0]?.id ?? '' }, body: { title: 'Rewritten' } })
    expect(await found('parser')).toEqual([])
    expect(await found('rewr fails')).toEqual(['Rewritten'])
    for (const { id } of made) await optio.client.tasks.remove({ params: { id } })
    expect(await found('rewr')).toEqual([])
  })

  it('refuses limits, offsets and cursors out of range instead of mending them', async () => {
    const code = async (query: Record<string, unknown>) => {
      const { status, code } = await failure(optio.client.tasks.list({ query }))
      return `${status} ${code}`
    }
    for (const limit of ['0', '1001', '-1', '1.5', 'abc', '', ' 5', '1e2', '0x10', '99999999999999999999']) {
      expect(await code({ limit })).toBe('400 VALIDATION')
    }
    for (const offset of ['-1', '1000001', 'x']) expect(await code({ offset })).toBe('400 VALIDATION')
    for (const cursor of [
      'nonsense',
      'ä',
      Buffer.from('{}').toString('base64url'),
      Buffer.from('{"t":-1,"i":"x"}').toString('base64url'),
      Buffer.from(`{"t":1e30,"i":"${randomUUID()}"}`).toString('base64url'),
      Buffer.from(`{"t":1.5,"i":"${randomUUID()}"}`).toString('base64url'),
    ]) {
      expect(await code({ cursor })).toBe('400 INVALID_CURSOR')
      expect(await code({ cursor, type: 'standalone' })).toBe('400 INVALID_CURSOR')
    }
    expect(await code({ state: 'nope' })).toBe('400 VALIDATION')
    expect(await code({ since: 'yesterday' })).toBe('400 VALIDATION')
    expect(await code({ since: '0000-01-01' })).toBe('400 VALIDATION')
    expect(await code({ parentTaskId: 'x' })).toBe('400 VALIDATION')
    const repeated = await optio.raw('/api/tasks?limit=1&limit=2')
    expect(repeated.status).toBe(400)
  })

  it('counts by state', async () => {
    await counted({
      total: 7,
      queued: 7,
      running: 0,
      ci: 0,
      review: 0,
      needsAttention: 0,
      waitingForPerson: 0,
      failed: 0,
      completed: 0,
    })
  })
})

describe('tasks by whom they wait for', () => {
  const waits = async (id: string, on: string) =>
    await optio.database.orm.execute(sql`update runs set waiting_on = ${on} where id = ${id}`)

  it('are listed and counted, those of a person also where nothing needs attention', async () => {
    const [a, b, c] = tasks as [Task, Task, Task]
    await waits(a.id, 'person')
    await waits(b.id, 'check')
    await waits(c.id, 'person')
    const of = async (...waitingOn: ('person' | 'check' | 'forge')[]) =>
      titles((await optio.client.tasks.list({ query: { waitingOn } })).tasks)
    expect(await of('person')).toEqual([a.title, c.title])
    expect(await of('person', 'check')).toEqual([a.title, b.title, c.title])
    expect(await of('forge')).toEqual([])
    const { tasks: checked } = await optio.client.tasks.list({ query: { waitingOn: ['check'] } })
    expect(checked[0]).toMatchObject({ waitingOn: 'check' })
    await counted({ waitingForPerson: 2, needsAttention: 0 })
    const { status, body } = await optio.raw('/api/tasks?waitingOn=nobody')
    expect([status, (body as { code: string }).code]).toEqual([400, 'VALIDATION'])
    for (const { id } of [a, b, c]) await waits(id, 'capacity')
  })
})

describe('the query of the list', () => {
  it('reads ten thousand tasks by their index, without sorting them', async () => {
    const { orm } = optio.database
    await orm.execute(sql`
      insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, repo_url, branch, agent_type, created_by,
                        created_at, next_look_at)
      select gen_random_uuid(), ${repo.workspaceId}, 'repo', 'completed', 'old ' || n, 'x', ${repo.id}, ${repo.repoUrl},
             'b', 'command', 'bulk', now() - n * interval '1 minute', null
      from generate_series(1, 10000) n`)
    await orm.execute(sql`analyze runs`)
    const filter = { limit: 50, wholePrompts: false, none: false }
    const place = Buffer.from(
      JSON.stringify({ t: (Date.now() - 3_600_000) * 1000, i: randomUUID() }),
    ).toString('base64url')
    const plan = async (more: object) => {
      const query = listTasksQuery(orm, repo.workspaceId, { ...filter, ...more })
      const { rows } = await orm.execute<Record<string, string>>(sql`explain analyze ${query}`)
      return rows.map((row) => Object.values(row)[0]).join('\n')
    }
    for (const more of [{}, { cursor: place }]) {
      const text = await plan(more)
      expect(text).toMatch(/Index (Only )?Scan using runs_newest .*rows=51/)
      expect(text).not.toMatch(/Sort Key/)
    }
    // What is passed over is not so much as looked at outside of the index, nor is anything worked out of it.
    expect(await plan({ offset: 9_000 })).toMatch(/Index Only Scan using runs_newest/)
    for (const states of [['queued'], ['completed'], ['failed', 'completed']] as const) {
      expect(await plan({ states })).not.toMatch(/Seq Scan/)
    }
    expect(await plan({ states: ['completed'] })).not.toMatch(/Sort Key/)
    const person = await plan({ waitingOn: ['person'] })
    expect(person).toMatch(/Index (Only )?Scan using runs_waiting_for_person/)
    expect(person).not.toMatch(/Sort Key/)
  })

  it('answers a page far into it as it answers one at its start', async () => {
    const first = await optio.client.tasks.list({ query: { limit: 3, offset: 2_500 } })
    const next = await optio.client.tasks.list({ query: { limit: 3, offset: 2_503 } })
    expect(first).toMatchObject({ limit: 3, offset: 2_500, hasMore: true })
    const after = { limit: 3, cursor: first.nextCursor ?? '' }
    expect(titles((await optio.client.tasks.list({ query: after })).tasks)).toEqual(titles(next.tasks))
    const all = await optio.client.tasks.list({ query: { type: 'all', limit: 3, offset: 2_503 } })
    expect(titles(all.tasks)).toEqual(titles(next.tasks))
    expect(titles(next.tasks)[0]).toMatch(/^old 2\d\d\d$/)
  })
})

describe('the query for words', () => {
  it('takes the newest of a frequent word one by one, and all of a rare one from the index of words', async () => {
    const { orm } = optio.database
    await orm.execute(sql`
      insert into run_words (run_id, workspace_id, created_at, words)
      select id, workspace_id, created_at, words_of(title || case when title like '% 77%' then ' rare' when title ~ ' [5-7]...$' then ' earlier' else '' end, prompt)
      from runs where created_by = 'bulk'`)
    await orm.execute(sql`analyze run_words`)
    const of = (more: object) =>
      listTasksQuery(orm, repo.workspaceId, { limit: 50, wholePrompts: false, none: false, ...more })
    const plan = async (more: object) => {
      const { rows } = await orm.execute<Record<string, string>>(
        sql`explain (analyze, costs off) ${of(more)}`,
      )
      return rows.map((row) => Object.values(row)[0]).join('\n')
    }
    const frequent = await plan({ words: 'old' })
    expect(frequent).toMatch(/Bitmap Index Scan on run_words_by_word \(never executed\)/)
    // Nor for a page that is further down: then some more of the newest are looked at.
    expect(await plan({ words: 'old', offset: 2_000 })).toMatch(
      /Bitmap Index Scan on run_words_by_word \(never executed\)/,
    )
    // A connection goes on with one plan for whatever words come, and that does the same.
    const planForAny = async (words: string) => {
      const { sql: text, params } = of({ words }).toSQL()
      const client = await optio.database.pool.connect()
      try {
        await client.query(`set plan_cache_mode = force_generic_plan; prepare any_words as ${text}`)
        const values = params.map((value) => client.escapeLiteral(String(value)))
        const { rows } = await client.query<Record<string, string>>(
          `explain (analyze, costs off) execute any_words (${values})`,
        )
        return rows.map((row) => Object.values(row)[0]).join('\n')
      } finally {
        client.release(true)
      }
    }
    const frequentOfAny = await planForAny('old')
    expect(frequentOfAny).toMatch(/Bitmap Index Scan on run_words_by_word \(never executed\)/)
    expect(frequentOfAny).toMatch(/Index Scan using run_words_newest on run_words \S+ \(actual/)
    const rareOfAny = await planForAny('rare')
    expect(rareOfAny).toMatch(/Bitmap Index Scan on run_words_by_word \(actual/)

    const rare = await plan({ words: 'rare' })
    expect(rare).toMatch(/Bitmap Index Scan on run_words_by_word \(actual/)
    const earlier = await plan({ words: 'earlier' })
    // Where nothing else is asked for they are read with their words, in order, and not looked up.
    expect(frequent).toMatch(/Index Scan using run_words_newest on run_words \S+ \(actual/)
    expect(frequent).not.toMatch(/run_words_pkey/)
    const ofBulk = await plan({ words: 'old', createdBy: 'bulk' })
    for (const text of [frequent, rare, earlier, ofBulk, frequentOfAny, rareOfAny])
      expect(text).not.toMatch(/Seq Scan on (runs|run_words)/)
    // What few tasks have is not compared with all there are.
    const rows = [...rare.matchAll(/ rows=(\d+)/g)].map(([, count]) => Number(count))
    expect(Math.max(...rows)).toBeLessThan(1_000)

    // Some of the matches are among the newest that are looked at one by one, some are not: the order and the pages are one.
    const expected = titles(
      (await walk({ createdBy: 'bulk', limit: 1000 })).filter(({ title }) => / 77/.test(title)),
    )
    expect(expected).toHaveLength(111)
    for (const limit of [7, 40, 500]) {
      expect(titles(await walk({ q: 'rare', limit }))).toEqual(expected)
      expect(titles(await walk({ q: 'rare', createdBy: 'bulk', limit }))).toEqual(expected)
    }
    const third = await optio.client.tasks.list({ query: { q: 'rare', limit: 40, offset: 80 } })
    expect(titles(third.tasks)).toEqual(expected.slice(80))
    expect(titles(await walk({ q: 'rare', state: 'queued' }))).toEqual([])
    expect(titles(await walk({ q: 'old', limit: 1000 }))).toHaveLength(10_000)
    // None of the newest has this one, and too many of the others to look them up one by one.
    const old = (await walk({ createdBy: 'bulk', limit: 1000 })).filter(({ title }) =>
      / [5-7]...$/.test(title),
    )
    const withWord = old.filter(({ title }) => !/ 77/.test(title))
    expect(withWord.length).toBeGreaterThan(2_000)
    expect(titles(await walk({ q: 'earlier', limit: 1000 }))).toEqual(titles(withWord))
  })
})
