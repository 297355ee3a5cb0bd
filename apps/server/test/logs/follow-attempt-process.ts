// A process that follows an attempt until it is killed. Arguments: URL of the database, the attempt as JSON, the directory of the
// step. Says "ready"; on SIGUSR2 it takes the attempt over by raising its generation, says so, and follows.
import { once } from 'node:events'
import { commandAgent } from '@optio/agents'
import { eq, sql } from 'drizzle-orm'
import { connectDatabase } from '../../src/database/connection.ts'
import { openNotifyBus } from '../../src/database/notify.ts'
import { attempts } from '../../src/database/schema/index.ts'
import { LogHub } from '../../src/features/logs/hub.ts'
import { followStep } from '../../src/features/logs/ingest/follow-step.ts'
import type { FollowedAttempt } from '../../src/features/logs/ingest/progress.ts'

const [url = '', given = '', dir = ''] = process.argv.slice(2)
const attempt = JSON.parse(given) as FollowedAttempt
const log = { info() {}, warn() {}, error() {} }
const database = await connectDatabase({ target: { url }, log, poolSize: 3 })
const hub = new LogHub(await openNotifyBus({ database, log }))

const asked = once(process, 'SIGUSR2')
console.log(JSON.stringify('ready'))
await asked
const [taken] = await database.orm
  .update(attempts)
  .set({ generation: sql`${attempts.generation} + 1` })
  .where(eq(attempts.id, attempt.id))
  .returning({ generation: attempts.generation })
if (!taken) throw new Error('there is no such attempt')
console.log(JSON.stringify(taken.generation))
await followStep(
  { database, hub, log },
  {
    attempt: { ...attempt, generation: taken.generation },
    dir,
    adapter: commandAgent,
    ended: new Promise(() => undefined),
    signal: new AbortController().signal,
  },
)
