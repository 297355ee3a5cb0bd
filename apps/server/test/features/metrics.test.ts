import { readFile } from 'node:fs/promises'
import type { Repo } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attempts, triggerFirings, triggers } from '../../src/database/schema/index.ts'
import { Metrics } from '../../src/features/metrics/metrics.ts'
import { quiet } from '../support/test-server.ts'
import { makeReview, makeStandalone } from './support/kinds.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

/** Lines without comments, by what stands before the value. */
function parse(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

const fresh = () => new Metrics({ database: optio.database, log: quiet, version: '9.9.9' })

async function scrape(metrics: Metrics): Promise<Map<string, number>> {
  try {
    return parse(await metrics.text())
  } finally {
    metrics.close()
  }
}

describe('the metrics', () => {
  it('are text that Prometheus reads, about this process and its tasks', async () => {
    const response = await fetch(`${optio.url}/metrics`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const found = parse(await response.text())
    expect(found.get('optio_info{version="9.9.9"}')).toBe(1)
    expect(found.get('optio_database_up')).toBe(1)
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e7)
    expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(found.get('process_start_time_seconds')).toBeGreaterThan(1.7e9)
    expect(found.get('optio_runs{kind="repo",state="failed"}')).toBe(0)
    expect(found.get('optio_effects{state="dead"}')).toBe(0)
    expect(found.get('optio_processes')).toBe(1)
    for (const [name, value] of found) expect(Number.isFinite(value), name).toBe(true)
  })

  it('count runs, attempts and money, and how long the oldest waits', async () => {
    const waiting = await optio.task(repo)
    const other = await optio.task(repo)
    const delayed = await optio.task(repo)
    const ago = (seconds: number) => sql`now() - make_interval(secs => ${seconds})`
    await optio.database.orm.execute(sql`
      update runs set queued_at = ${ago(100)} where id = ${waiting.id};`)
    // Queued first long ago, and again when its attempt ended.
    await optio.database.orm.execute(sql`
      update runs set queued_at = ${ago(5000)}, next_reason = 'retry' where id = ${other.id}`)
    await optio.database.orm.execute(sql`
      update runs set queued_at = ${ago(9000)}, not_before = now() + interval '1 hour' where id = ${delayed.id}`)
    for (const [number, state] of [
      [1, 'lost'],
      [2, 'failed'],
    ] as const) {
      await optio.database.orm.insert(attempts).values({
        ...{ id: uuidv7(), workspaceId: repo.workspaceId, runId: other.id, number, state },
        ...{ reason: 'first', hostId: 'x', agentType: 'command', costUsd: '0.75', endedAt: new Date() },
      })
    }
    const found = await scrape(fresh())
    expect(found.get('optio_runs{kind="repo",state="queued"}')).toBe(3)
    expect(found.get('optio_attempts_ended{outcome="lost"}')).toBe(1)
    expect(found.get('optio_attempts_ended{outcome="succeeded"}')).toBe(0)
    expect(found.get('optio_attempts_live{state="running"}')).toBe(0)
    expect(found.get('optio_cost_usd')).toBe(1.5)
    expect(found.get('optio_queue_oldest_seconds')).toBeGreaterThanOrEqual(100)
    expect(found.get('optio_queue_oldest_seconds')).toBeLessThan(200)
    expect(found.get('optio_paused')).toBe(0)
    await optio.client.system.pause()
    expect((await scrape(fresh())).get('optio_paused')).toBe(1)
    await optio.client.system.unpause()
  })

  it('count runs of every kind apart, schedules that are late, and what came of firings', async () => {
    const parent = await optio.task(repo)
    await makeReview(optio, repo, parent.id)
    const { definitionId, runId } = await makeStandalone(optio, repo)
    const { workspaceId } = repo
    const before = await scrape(fresh())
    expect(before.get('optio_runs{kind="review",state="queued"}')).toBe(1)
    expect(before.get('optio_runs{kind="standalone",state="queued"}')).toBe(1)
    expect(before.get('optio_runs{kind="standalone",state="failed"}')).toBe(0)
    expect(before.get('optio_trigger_late_seconds')).toBe(0)
    expect(before.get('optio_trigger_firings_day{type="schedule",state="started"}')).toBe(0)
    const trigger = async (type: 'schedule' | 'webhook', more: object) => {
      const id = uuidv7()
      const row = { id, workspaceId, blueprintId: definitionId, type, config: {}, ...more }
      await optio.database.orm.insert(triggers).values(row)
      return id
    }
    const schedule = await trigger('schedule', { nextFireAt: new Date(Date.now() - 90_000) })
    await trigger('schedule', { nextFireAt: new Date(Date.now() + 90_000) })
    const hook = await trigger('webhook', { path: 'a' })
    const fired = (triggerId: string, key: string, state: 'started' | 'waiting', more: object = {}) =>
      optio.database.orm.insert(triggerFirings).values({
        ...{ id: uuidv7(), workspaceId, triggerId, key, state },
        ...(state === 'started' ? { runId, settledAt: new Date() } : {}),
        ...more,
      })
    await fired(schedule, 'a', 'started')
    await fired(schedule, 'b', 'started', { createdAt: new Date(Date.now() - 2 * 86_400_000) })
    await fired(hook, 'c', 'waiting')
    const found = await scrape(fresh())
    expect(found.get('optio_triggers_due')).toBe(1)
    expect(found.get('optio_trigger_late_seconds')).toBeGreaterThanOrEqual(90)
    expect(found.get('optio_trigger_late_seconds')).toBeLessThan(200)
    expect(found.get('optio_trigger_firings_day{type="schedule",state="started"}')).toBe(1)
    expect(found.get('optio_trigger_firings_day{type="webhook",state="waiting"}')).toBe(1)
    expect(found.get('optio_trigger_firings_waiting')).toBe(1)
  })

  it('are all explained in docs/operations.md, and those alone', async () => {
    const text = await (await fetch(`${optio.url}/metrics`)).text()
    const shown = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    const doc = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
    const section = doc.slice(doc.indexOf('## Metrics'), doc.indexOf('## When something is wrong'))
    const rows = section.split('\n').filter((line) => line.startsWith('| `'))
    const explained = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)])
    expect(explained.map(([, name]) => name).sort()).toEqual([...shown].sort())
  })

  it('time requests by the pattern of their route, and never show an address', async () => {
    const { id } = await optio.task(repo)
    await optio.raw(`/api/tasks/${id}?token=s3cret`)
    await optio.raw('/nowhere/at/all/s3cret', { method: 'DELETE' })
    const text = await (await fetch(`${optio.url}/metrics`)).text()
    const count = (labels: string) => parse(text).get(`optio_http_request_duration_seconds_count{${labels}}`)
    expect(count('method="GET",route="/api/tasks/:id",status="2xx"')).toBeGreaterThanOrEqual(1)
    expect(count('method="any",route="unknown",status="4xx"')).toBeGreaterThanOrEqual(1)
    expect(text).not.toContain(id)
    expect(text).not.toContain('s3cret')
  })

  it('ask the database at most once a second, however many ask for them', async () => {
    let asked = 0
    const { orm } = optio.database
    const counting = new Proxy(orm, {
      get(target, name) {
        if (name === 'execute') asked += 1
        return Reflect.get(target, name)
      },
    })
    const metrics = new Metrics({ database: { orm: counting }, log: quiet, version: 'x' })
    await Promise.all(Array.from({ length: 20 }, () => metrics.text()))
    metrics.close()
    expect(asked).toBe(1)
  })

  it('say that the database is away, and show the rest', async () => {
    const broken = new Proxy(optio.database.orm, {
      get(target, name) {
        if (name === 'execute') return async () => Promise.reject(new Error('gone'))
        return Reflect.get(target, name)
      },
    })
    const found = await scrape(new Metrics({ database: { orm: broken }, log: quiet, version: 'x' }))
    expect(found.get('optio_database_up')).toBe(0)
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(1e7)
    expect([...found.keys()].filter((name) => /^optio_(runs|cost|paused|effects)/.test(name))).toEqual([])
  })

  it('say how late the event loop was', async () => {
    const metrics = fresh()
    await metrics.text()
    const until = performance.now() + 150
    await new Promise((resolve) => setTimeout(resolve, 40))
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 40))
    const found = await scrape(metrics)
    expect(found.get('optio_event_loop_delay_seconds{quantile="1"}')).toBeGreaterThan(0.02)
  })
})
