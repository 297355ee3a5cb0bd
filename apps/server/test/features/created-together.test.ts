import { randomUUID } from 'node:crypto'
import { executed, type Repo } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

const create = (fields: Record<string, unknown>, headers: Record<string, string> = {}) =>
  optio.raw('/api/tasks', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ repoUrl: repo.repoUrl, prompt: 'Do it', ...fields }),
  })

const FIELDS = {
  description: 'It is "described".',
  priority: 7,
  maxRetries: 1,
  maxTurns: 30,
  budgetUsd: '1.500000001',
  agentSecrets: ['SOME_KEY'],
  metadata: { a: null, b: ['x', { c: 1.5 }], 'd e': "it's" },
  ...{ ticketSource: 'linear', ticketExternalId: 'T-1', ticketUrl: 'https://example.com/t/1' },
}

describe('tasks that many ask for at once', () => {
  it('are each made once, with all that one made alone has', async () => {
    const titles = Array.from({ length: 60 }, (_, n) => `Together ${n} ${randomUUID()}`)
    const answers = await Promise.all(titles.map((title) => create({ title, ...FIELDS })))
    expect(answers.map(({ status }) => status)).toEqual(titles.map(() => 201))
    const made = answers.map(({ body }) => (body as { task: { id: string; title: string } }).task)
    expect(made.map(({ title }) => title)).toEqual(titles)
    expect(new Set(made.map(({ id }) => id)).size).toBe(60)

    const { rows } = await optio.database.orm.execute<Record<string, number>>(sql`
      select count(*)::int as runs, count(w.run_id)::int as words, count(h.run_id)::int as logs,
             sum((select count(*) from events e where e.run_id = r.id))::int as events
      from runs r left join run_words w on w.run_id = r.id left join log_heads h on h.run_id = r.id
      where r.title like 'Together %'`)
    expect(rows).toEqual([{ runs: 60, words: 60, logs: 60, events: 120 }])

    const alone = executed(
      await optio.client.tasks.create({
        body: { title: 'Alone', prompt: 'Do it', repoUrl: repo.repoUrl, ...FIELDS },
      }),
    ).task
    const one = executed(await optio.client.tasks.get({ params: { id: made[17]?.id ?? '' } })).task
    const shape = ({
      id: _,
      title: __,
      branch: ___,
      createdAt: ____,
      updatedAt: _____,
      ...rest
    }: typeof alone) => rest
    expect(shape(one)).toEqual(shape(alone))
    const { rows: stored } = await optio.database.orm.execute<{ row: object }>(sql`
      select to_jsonb(r) - array['id', 'title', 'branch', 'created_at', 'updated_at', 'queued_at', 'next_look_at'] as row
      from runs r where id in (${one.id}, ${alone.id})`)
    expect(stored).toHaveLength(2)
    expect(stored[0]).toEqual(stored[1])
    expect(one.branch).toMatch(/^optio\/together-17/)
    const history = await optio.client.tasks.events({ params: { id: one.id } })
    expect(history.events.map(({ fromState, toState }) => [fromState, toState])).toEqual([
      [null, 'pending'],
      ['pending', 'queued'],
    ])
  })

  it('do not suffer from one among them that is refused', async () => {
    const fine = Array.from({ length: 20 }, (_, n) => create({ title: `Fine ${n}` }))
    const refused = [
      create({ dependsOn: [randomUUID()] }),
      create({ repoUrl: '/nowhere' }),
      create({ prompt: '' }),
    ]
    expect((await Promise.all(fine)).map(({ status }) => status)).toEqual(fine.map(() => 201))
    expect((await Promise.all(refused)).map(({ status }) => status)).toEqual([400, 422, 400])
  })

  it('are made once for each key', async () => {
    const keys = Array.from({ length: 30 }, (_, n) => `together-${n % 10}`)
    const answers = await Promise.all(
      keys.map((key) => create({ title: 'Keyed' }, { 'idempotency-key': key })),
    )
    const ids = new Set(answers.map(({ body }) => (body as { task: { id: string } }).task.id))
    expect(ids.size).toBe(10)
  })
})
