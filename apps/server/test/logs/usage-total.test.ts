import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { claudeCodeAgent } from '@optio/agents'
import { parseUsd } from '@optio/core'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { type NotifyBus, openNotifyBus } from '../../src/database/notify.ts'
import { attempts } from '../../src/database/schema/index.ts'
import { LogHub } from '../../src/features/logs/hub.ts'
import { followStep } from '../../src/features/logs/ingest/follow-step.ts'
import type { FollowedAttempt } from '../../src/features/logs/ingest/progress.ts'
import { transcript } from '../engine/support/recorded-claude.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'
import { eventually, liveAttempt, scratchDirectories } from './support.ts'

let scratch: TestDatabase
let database: Database
let bus: NotifyBus
let hub: LogHub
const scratchDirectory = scratchDirectories()

beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  bus = await openNotifyBus({ database, log: quiet })
  hub = new LogHub(bus)
})
afterAll(async () => {
  hub.close()
  await bus.close()
  await scratch.drop()
})

async function rowOf({ id }: FollowedAttempt) {
  const [row] = await database.orm.select().from(attempts).where(eq(attempts.id, id))
  if (!row) throw new Error('no such attempt')
  return { ...row, cost: parseUsd(row.costUsd) ?? -1n }
}

test('the estimate of a running agent grows line by line, and what it says in the end takes its place, whoever reads', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const lines = await transcript('stdin-multi')
  const told: bigint[] = []
  const costs: bigint[] = []
  let written = 0
  for (const [index, line] of lines.entries()) {
    // Every line is read by a process of its own, which leaves after it.
    const generation = index + 1
    await database.orm.update(attempts).set({ generation }).where(eq(attempts.id, attempt.id))
    const leave = new AbortController()
    const followed = followStep(
      { database, hub, log: quiet },
      {
        attempt: { ...attempt, generation },
        dir,
        adapter: claudeCodeAgent,
        redact: (text) => text,
        ended: new Promise(() => undefined),
        signal: leave.signal,
        onUsage: (total) => told.push(total),
      },
    )
    await appendFile(join(dir, 'out'), `${line}\n`)
    written += Buffer.byteLength(line) + 1
    await eventually(async () => (await rowOf(attempt)).stdoutOffset === written)
    leave.abort()
    await followed.catch(() => undefined)
    costs.push((await rowOf(attempt)).cost)
  }

  const results = lines.flatMap((line, index) => (line.startsWith('{"type":"result"') ? [index] : []))
  // Two results of one process: the second names the cost of both.
  expect(results.map((index) => costs[index])).toEqual([193_285_000n, 388_530_000n])
  const [first = 0] = results
  expect(costs[first - 1]).toBeGreaterThan(193_285_000n)
  // From one line to the next it only ever shrinks when the agent says what it really was.
  costs.forEach((cost, index) => {
    if (!results.includes(index)) expect(cost).toBeGreaterThanOrEqual(costs[index - 1] ?? 0n)
  })
  expect(told.at(-1)).toBe(388_530_000n)
  expect(await rowOf(attempt)).toMatchObject({
    inputTokens: 76_996,
    outputTokens: 142,
    costEstimated: false,
    modelUsed: 'claude-opus-4-8[1m]',
  })
})
