import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandAgent } from '@optio/agents'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { type NotifyBus, openNotifyBus } from '../../src/database/notify.ts'
import { attempts } from '../../src/database/schema/index.ts'
import { LogHub } from '../../src/features/logs/hub.ts'
import { followStep } from '../../src/features/logs/ingest/follow-step.ts'
import { eachPage } from '../../src/features/logs/queries.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'
import { runTypeScript, type TypeScriptProcess } from '../support/typescript-process.ts'
import { liveAttempt, scratchDirectories, seeded } from './support.ts'

const SEED = Number(process.env.OPTIO_TEST_SEED ?? 20261121)
/** Some 2 s each, nearly all of it for starting a process. */
const ROUNDS = Number(process.env.OPTIO_TEST_KILLS ?? 10)

let scratch: TestDatabase
let database: Database
let bus: NotifyBus
const scratchDirectory = scratchDirectories()

beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  bus = await openNotifyBus({ database, log: quiet })
})
afterAll(async () => {
  await bus.close()
  await scratch.drop()
})

test(
  `kill -9 of who stores the log, at any instant, loses no line, doubles none and keeps the cost exact (seed ${SEED})`,
  async () => {
    const random = seeded(SEED)
    const attempt = await liveAttempt(database)
    const dir = await scratchDirectory()
    await writeFile(join(dir, 'out'), '')
    const start = () => runTypeScript('follow-attempt.ts', [scratch.url, JSON.stringify(attempt), dir])

    // An agent that writes bursts, torn at any byte, until told to stop.
    const content: string[] = []
    let spent = 0n
    let stopped = false
    const agent = (async () => {
      while (!stopped) {
        let burst = ''
        for (let i = Math.floor(random() * 60); i >= 0; i--) {
          const words = `Zeile ${content.length} — ${'€'.repeat(Math.floor(random() * 40))}😀`
          burst += random() < 0.5 ? `${words}\n` : `${JSON.stringify({ type: 'text', content: words })}\n`
          content.push(words)
          if (random() < 0.2) {
            const nanos = BigInt(1 + Math.floor(random() * 5_000_000_000))
            spent += nanos
            burst += `{"type":"usage","inputTokens":7,"costUsd":"${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}"}\n`
          }
        }
        const bytes = Buffer.from(burst)
        const tear = Math.floor(random() * bytes.length)
        await appendFile(join(dir, 'out'), bytes.subarray(0, tear))
        await new Promise((resolve) => setTimeout(resolve, random() * 8))
        await appendFile(join(dir, 'out'), bytes.subarray(tear))
      }
    })()

    // Starting a process takes longer than its life here: some wait, warmed up.
    const waiting: TypeScriptProcess[] = [start(), start()]
    let alive: TypeScriptProcess | undefined
    try {
      for (let round = 1; round <= ROUNDS; round++) {
        const next = waiting.shift()
        if (!next) throw new Error('unreachable')
        if (round <= ROUNDS - 2) waiting.push(start())
        expect(await next.next()).toBe('ready')
        const killFirst = random() < 0.5
        if (killFirst) await alive?.kill()
        next.child.kill('SIGUSR2')
        expect(await next.next()).toBe(round + 1)
        // Half of the time the holder before is still at it, with an old generation, when the next one is.
        await alive?.kill()
        alive = next
        await new Promise((resolve) => setTimeout(resolve, random() * 250))
      }
    } finally {
      await Promise.all([...waiting, ...(alive ? [alive] : [])].map((process) => process.kill()))
      stopped = true
      await agent
    }

    const generation = ROUNDS + 2
    await database.orm.update(attempts).set({ generation }).where(eq(attempts.id, attempt.id))
    const hub = new LogHub(bus)
    const { totals } = await followStep(
      { database, hub, log: quiet },
      {
        attempt: { ...attempt, generation },
        dir,
        adapter: commandAgent,
        redact: (text) => text,
        ended: Promise.resolve(),
        signal: new AbortController().signal,
      },
    )
    hub.close()
    const stored: string[] = []
    let seq = 0
    for await (const page of eachPage(
      database.orm,
      { id: attempt.runId, workspaceId: attempt.workspaceId },
      2 ** 22,
    )) {
      for (const entry of page) {
        seq += 1
        expect(entry.seq).toBe(seq)
        stored.push(entry.content)
      }
    }
    expect(stored.length).toBe(content.length)
    expect(stored).toEqual(content)
    expect(totals.cost).toBe(spent)
    expect(content.length).toBeGreaterThan(ROUNDS * 20)
  },
  30_000 + ROUNDS * 6_000,
)
