import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runs } from '../../src/database/schema/index.ts'
import { claim } from '../../src/engine/claim.ts'
import type { EngineContext } from '../../src/engine/context.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { joinProcesses, type ProcessMembership } from '../../src/engine/process-registry.ts'
import { EnginePlace } from './support/engine-place.ts'

const CLAIMERS = 8
const GLOBAL_LIMIT = 7
const REPOSITORY_LIMITS = [1, 3, 5]
const RUNS = 36

let place: EnginePlace
const claimers: { context: EngineContext; membership: ProcessMembership }[] = []

beforeAll(async () => {
  place = await EnginePlace.make()
  for (let i = 0; i < CLAIMERS; i++) {
    const context = await place.context({ maxConcurrent: GLOBAL_LIMIT })
    claimers.push({ context, membership: await joinProcesses(context.database, context.config) })
  }
})
afterAll(async () => {
  await Promise.all(claimers.map(({ membership }) => membership.leave()))
  await place.close()
})

interface Waiting {
  readonly id: string
  readonly repository: number
  readonly priority: number
  readonly queuedAt: number
}

/** The rule, said once more and plainly: in order, whoever fits. */
function expected(waiting: readonly Waiting[], busy: readonly Waiting[]): Waiting[] {
  const inOrder = [...waiting].sort((a, b) => a.priority - b.priority || a.queuedAt - b.queuedAt)
  const taken: Waiting[] = []
  for (const run of inOrder) {
    const running = [...busy, ...taken]
    const limit = REPOSITORY_LIMITS[run.repository] ?? 0
    if (running.length >= GLOBAL_LIMIT) break
    if (running.filter(({ repository }) => repository === run.repository).length < limit) taken.push(run)
  }
  return taken
}

const claimAll = () =>
  Promise.all(claimers.map(({ context, membership }) => claim(context, membership.identity)))

const idsOf = (list: readonly Waiting[]) => list.map(({ id }) => id).sort()

async function provisioning(): Promise<string[]> {
  const rows = await place.rows<{ id: string }>(`select id from runs where state = 'provisioning'`)
  return rows.map(({ id }) => id).sort()
}

test('eight claimers at once take strictly by priority, then age, under the global and the repositories’ limits', async () => {
  const repositories = await Promise.all(
    REPOSITORY_LIMITS.map((maxConcurrentTasks) => place.repository({ maxConcurrentTasks })),
  )
  const commands = createCommands(await place.context())
  const all: Waiting[] = []
  const begun = Date.now() - 3_600_000
  for (let i = 0; i < RUNS; i++) {
    // Neither priority nor age goes with the order of creation.
    const waiting = { repository: i % 3, priority: (i * 7) % 5, queuedAt: begun + ((i * 11) % RUNS) * 1_000 }
    const repository = repositories[waiting.repository]
    if (!repository) throw new Error('no repository')
    const { runId: id } = await place.createRun(commands, repository, { priority: waiting.priority })
    await place.database.orm
      .update(runs)
      .set({ queuedAt: new Date(waiting.queuedAt) })
      .where(eq(runs.id, id))
    all.push({ ...waiting, id })
  }

  const first = expected(all, [])
  const claimed = (await claimAll()).flatMap(({ attempts }) => attempts)
  expect(claimed).toHaveLength(first.length)
  expect(await provisioning()).toEqual(idsOf(first))
  expect((await claimAll()).flatMap(({ attempts }) => attempts)).toEqual([])

  // Three end; exactly the next ones in order take their places.
  const ended = first.filter((_, index) => index % 3 === 0)
  const stay = first.filter((_, index) => index % 3 !== 0)
  for (const { id } of ended) {
    await place.rows(
      `update attempts set state = 'succeeded', ended_at = now(), process_id = null where run_id = $1`,
      id,
    )
    await place.rows(`update runs set state = 'failed' where id = $1`, id)
  }
  const next = expected(
    all.filter((run) => !first.includes(run)),
    stay,
  )
  await claimAll()
  expect(await provisioning()).toEqual(idsOf([...stay, ...next]))
})

test('a process that was taken off the list claims nothing', async () => {
  const [last] = claimers.slice(-1)
  if (!last) throw new Error('no claimer')
  await place.rows('delete from processes where id = $1', last.membership.identity.id)
  await place.rows(`update attempts set state = 'succeeded', ended_at = now() where state = 'starting'`)
  expect(await claim(last.context, last.membership.identity)).toEqual({ attempts: [], checks: [] })
})
