import { randomUUID } from 'node:crypto'
import type { CreateTrigger, Trigger } from '@optio/contract'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { triggers } from '../../src/database/schema/index.ts'
import { openTriggerSecret } from '../../src/secrets/trigger-secret.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let definition: string
beforeAll(async () => {
  optio = await startOptio()
  definition = await standalone()
})
afterAll(() => optio.close())

async function standalone(fields: Record<string, unknown> = {}): Promise<string> {
  const { task } = await optio.client.tasks.create({
    body: {
      type: 'standalone',
      name: 'Report',
      prompt: 'Write it.',
      agentType: 'command',
      agentCommand: ['true'],
      ...fields,
    },
  })
  return task.id
}

async function attach(body: unknown, id = definition): Promise<Trigger> {
  return (await optio.client.triggers.create({ params: { id }, body: body as CreateTrigger })).trigger
}

async function edit(trigger: Trigger, body: Record<string, unknown>): Promise<Trigger> {
  const params = { id: trigger.targetId, triggerId: trigger.id }
  return (await optio.client.triggers.edit({ params, body })).trigger
}

async function listed(trigger: Trigger): Promise<Trigger | undefined> {
  const { triggers } = await optio.client.triggers.list({ params: { id: trigger.targetId } })
  return triggers.find(({ id }) => id === trigger.id)
}

const everyMorning = { cronExpression: '0 9 * * *', timezone: 'Europe/Berlin' }
const aPath = () => `hook-${randomUUID()}`

describe('a schedule', () => {
  it('shows when it fires next, and reads back as it was answered', async () => {
    const trigger = await attach({ type: 'schedule', config: { ...everyMorning, overlap: 'queue' } })
    expect(trigger).toMatchObject({
      targetType: 'standalone',
      targetId: definition,
      type: 'schedule',
      config: { ...everyMorning, overlap: 'queue' },
      paramMapping: null,
      enabled: true,
      lastFiredAt: null,
      hookUrl: null,
    })
    expect(trigger.nextFireTimes).toHaveLength(5)
    expect(trigger.nextFireTimes[0]).toBe(trigger.nextFireAt)
    for (const time of trigger.nextFireTimes) {
      expect(Date.parse(time)).toBeGreaterThan(Date.now())
      const shown = new Date(time).toLocaleTimeString('de', { timeZone: 'Europe/Berlin' })
      expect(shown).toBe('09:00:00')
    }
    expect(await listed(trigger)).toEqual(trigger)
    const { task } = await optio.client.tasks.get({ params: { id: definition } })
    expect(task).toMatchObject({ nextFireAt: trigger.nextFireAt })
  })

  it.each([
    [{ cronExpression: '0 0 30 2 *' }, 'body.config.cronExpression', /never comes/],
    [{ cronExpression: '* * * * * *' }, 'body.config.cronExpression', /10 seconds/],
    [{ cronExpression: 'soon' }, 'body.config.cronExpression', /five fields/],
    [{ cronExpression: '0 9 * * *', timezone: 'Europe/Nowhere' }, 'body.config.timezone', /IANA/],
    [{ cronExpression: '0 9 * * *', overlap: 'maybe' }, 'body.config.overlap', /./],
    [{ cronExpression: '0 9 * * *\u0000' }, 'body.config.cronExpression', /NUL/],
    [{}, 'body.config.cronExpression', /./],
  ])('is refused with its field and words: %j', async (config, path, words) => {
    const before = await optio.client.triggers.list({ params: { id: definition } })
    const refused = await failure(attach({ type: 'schedule', config }))
    expect(refused).toMatchObject({ status: 400, code: 'VALIDATION' })
    expect(refused.details).toEqual([{ path, message: expect.stringMatching(words) }])
    const existing = await attach({ type: 'schedule', config: everyMorning })
    const second = await failure(edit(existing, { config }))
    expect(second).toMatchObject({ status: 400, code: 'VALIDATION' })
    // An edit takes any object before it looks at the trigger's type.
    expect(second.details).toEqual([
      { path: expect.stringMatching(/^body\.config/), message: expect.stringMatching(words) },
    ])
    expect(await listed(existing)).toEqual(existing)
    await optio.client.triggers.remove({ params: { id: definition, triggerId: existing.id } })
    expect(await optio.client.triggers.list({ params: { id: definition } })).toEqual(before)
  })

  it('that is disabled fires no more, and is planned from then on when it is enabled again', async () => {
    const trigger = await attach({ type: 'schedule', config: everyMorning })
    const off = await edit(trigger, { enabled: false })
    expect(off).toMatchObject({ enabled: false, nextFireAt: null, nextFireTimes: [] })
    expect(await edit(off, { enabled: true })).toMatchObject({
      enabled: true,
      nextFireAt: trigger.nextFireAt,
    })
    const created = await attach({ type: 'schedule', config: everyMorning, enabled: false })
    expect(created.nextFireAt).toBeNull()
  })

  it('keeps the time it is due at through an edit, unless that is of another schedule', async () => {
    const trigger = await attach({ type: 'schedule', config: everyMorning })
    const due = '2020-01-01T08:00:00.000Z'
    await optio.database.pool.query('update triggers set next_fire_at = $2 where id = $1', [trigger.id, due])
    expect(await edit(trigger, { enabled: true, paramMapping: { at: 'dueAt' } })).toMatchObject({
      nextFireAt: due,
      paramMapping: { at: 'dueAt' },
    })
    expect((await edit(trigger, { config: { ...everyMorning, overlap: 'allow' } })).nextFireAt).toBe(due)
    const other = await edit(trigger, { config: { cronExpression: '30 9 * * *' }, paramMapping: null })
    expect(other.nextFireAt).toMatch(/T09:30:00.000Z$/)
    expect(other.config).toEqual({ cronExpression: '30 9 * * *' })
    expect(other.paramMapping).toBeNull()
  })

  it('can be looked at before it is saved', async () => {
    const { nextFireTimes } = await optio.client.triggers.previewSchedule({ query: everyMorning })
    expect(nextFireTimes).toHaveLength(5)
    const refused = await failure(
      optio.client.triggers.previewSchedule({ query: { cronExpression: '0 0 31 2 *' } }),
    )
    expect(refused).toMatchObject({ status: 400, code: 'VALIDATION' })
    expect(refused.details).toEqual([
      { path: 'query.cronExpression', message: expect.stringMatching(/never comes/) },
    ])
  })
})

describe('a webhook', () => {
  it('checks signatures with its secret also when the keys were rotated since it was found', async () => {
    const secret = 'correct-horse-battery'
    const { id } = await attach({ type: 'webhook', config: { path: aPath(), secret } })
    const { orm } = optio.database
    const [found] = await orm.select().from(triggers).where(eq(triggers.id, id))
    if (found === undefined) throw new Error('there is no trigger')
    await optio.secrets.rotateKey(found.workspaceId, 'ann')
    expect(await openTriggerSecret(optio.secrets.keys, orm, found)).toBe(secret)
  })

  it('never answers its secret, which an edit keeps, replaces or removes', async () => {
    const path = aPath()
    const secret = 'correct-horse-battery'
    const trigger = await attach({ type: 'webhook', config: { path, secret } })
    expect(trigger).toMatchObject({
      config: { path, hasSecret: true },
      hookUrl: `${optio.url}/api/hooks/${path}`,
    })
    const stored = async () => {
      const { orm } = optio.database
      const [row] = await orm.select().from(triggers).where(eq(triggers.id, trigger.id))
      expect(row?.clearSecret).toBeNull()
      return row === undefined ? null : await openTriggerSecret(optio.secrets.keys, orm, row)
    }
    const moved = aPath()
    const kept = await edit(trigger, { config: { path: moved, overlap: 'skip' } })
    expect(kept.config).toEqual({ path: moved, overlap: 'skip', hasSecret: true })
    expect(await stored()).toBe(secret)
    await edit(trigger, { config: { path: moved, secret: 'another-secret' } })
    expect(await stored()).toBe('another-secret')
    const removed = await edit(trigger, { config: { path: moved, secret: null } })
    expect(removed.config).toEqual({ path: moved, hasSecret: false })
    expect(await stored()).toBeNull()
    const everything = JSON.stringify([trigger, kept, removed, optio.logged])
    expect(everything).not.toContain(secret)
    expect(everything).not.toContain('another-secret')
  })

  it('has a path of its own in the whole installation', async () => {
    const path = aPath()
    const first = await attach({ type: 'webhook', config: { path } })
    const elsewhere = await standalone()
    const taken = await failure(attach({ type: 'webhook', config: { path } }, elsewhere))
    expect(taken).toMatchObject({ status: 409, code: 'TRIGGER_PATH_TAKEN', details: { path } })
    const other = await attach({ type: 'webhook', config: { path: aPath() } }, elsewhere)
    expect(await failure(edit(other, { config: { path } }))).toMatchObject({
      status: 409,
      code: 'TRIGGER_PATH_TAKEN',
    })
    expect((await edit(first, { config: { path } })).config).toEqual({ path, hasSecret: false })
    const together = await Promise.allSettled(
      Array.from({ length: 5 }, () => attach({ type: 'webhook', config: { path: `${path}-2` } })),
    )
    expect(together.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it.each([
    { path: '' },
    { path: 'a/b' },
    { path: '..' },
    { path: 'a b' },
    { path: 'ü' },
    { path: 'x'.repeat(201) },
    { path: 'a\u0000' },
    { path: 'short-secret', secret: 'short' },
    { secret: 'long enough' },
  ])('is refused with %j', async (config) => {
    expect(await failure(attach({ type: 'webhook', config }))).toMatchObject({
      status: 400,
      code: 'VALIDATION',
    })
  })
})

it('manual and ticket triggers are kept as they are given', async () => {
  expect(await attach({ type: 'manual' })).toMatchObject({ type: 'manual', config: {}, nextFireAt: null })
  const config = { source: 'github', labels: ['optio'] }
  expect(await attach({ type: 'ticket', config })).toMatchObject({ type: 'ticket', config })
})

it('triggers are listed the oldest first, and a trigger that is deleted takes its firings along', async () => {
  const id = await standalone()
  const made = [
    await attach({ type: 'schedule', config: everyMorning }, id),
    await attach({ type: 'webhook', config: { path: aPath() } }, id),
  ]
  const { triggers } = await optio.client.triggers.list({ params: { id } })
  expect(triggers).toEqual(made)
  for (const { id: triggerId } of made) {
    await optio.client.triggers.remove({ params: { id, triggerId } })
    const again = failure(optio.client.triggers.remove({ params: { id, triggerId } }))
    expect(await again).toMatchObject({ status: 404, code: 'TRIGGER_NOT_FOUND' })
  }
  expect((await optio.client.triggers.list({ params: { id } })).triggers).toEqual([])
})

it('a definition has at most a hundred triggers', async () => {
  const id = await standalone()
  await optio.database.pool.query(
    `insert into triggers (id, workspace_id, blueprint_id, type, config)
     select gen_random_uuid(), workspace_id, id, 'manual', '{}' from blueprints, generate_series(1, 99) where id = $1`,
    [id],
  )
  const both = await Promise.allSettled([attach({ type: 'manual' }, id), attach({ type: 'manual' }, id)])
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await failure(attach({ type: 'manual' }, id))).toMatchObject({ status: 409, code: 'CONFLICT' })
})

describe('what has no triggers', () => {
  it('says so: a task that is executed with 405, nothing at all with 404', async () => {
    const { repo } = await optio.connected()
    const task = await optio.task(repo)
    const [trigger] = (await optio.client.triggers.list({ params: { id: definition } })).triggers
    const triggerId = trigger?.id ?? ''
    for (const [id, status, code] of [
      [task.id, 405, 'WRONG_TASK_TYPE'],
      [randomUUID(), 404, 'TASK_NOT_FOUND'],
    ] as const) {
      const params = { id, triggerId }
      const answers = await Promise.all([
        failure(optio.client.triggers.list({ params: { id } })),
        failure(attach({ type: 'manual' }, id)),
        failure(optio.client.triggers.edit({ params, body: { enabled: false } })),
        failure(optio.client.triggers.remove({ params })),
        failure(optio.client.triggers.firings({ params })),
      ])
      for (const answer of answers) expect(answer).toMatchObject({ status, code })
    }
    // A trigger of another definition is not found either.
    const params = { id: await standalone(), triggerId }
    for (const answer of [
      await failure(optio.client.triggers.edit({ params, body: { enabled: false } })),
      await failure(optio.client.triggers.remove({ params })),
      await failure(optio.client.triggers.firings({ params })),
    ]) {
      expect(answer).toMatchObject({ status: 404, code: 'TRIGGER_NOT_FOUND' })
    }
  })
})

it('an Idempotency-Key attaches one trigger, however often it is sent', async () => {
  const id = await standalone()
  const send = () =>
    optio.raw(`/api/tasks/${id}/triggers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'one' },
      body: JSON.stringify({ type: 'schedule', config: everyMorning }),
    })
  const answers = [await send(), await send()]
  expect(answers[0]).toMatchObject({ status: 201 })
  expect(answers[1]?.body).toEqual(answers[0]?.body)
  expect((await optio.client.triggers.list({ params: { id } })).triggers).toHaveLength(1)
})

it('what people do with triggers is told', async () => {
  const id = await standalone()
  const trigger = await attach({ type: 'schedule', config: everyMorning }, id)
  await edit(trigger, { enabled: false })
  await edit(trigger, {})
  await optio.client.triggers.remove({ params: { id, triggerId: trigger.id } })
  const { rows } = await optio.database.pool.query(
    `select type, actor, data ->> 'definitionId' as definition from events where data ->> 'triggerId' = $1 order by id`,
    [trigger.id],
  )
  expect(rows).toEqual(
    ['created', 'edited', 'deleted'].map((what) => ({
      type: `trigger:${what}`,
      actor: 'local',
      definition: id,
    })),
  )
})
