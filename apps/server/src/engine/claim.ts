import { type ClaimCandidate, claimInOrder, decide, type PullRequestFacts } from '@optio/core'
import { and, desc, eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import type { Transaction } from '../database/connection.ts'
import { attempts, checkRuns, repositories, runs } from '../database/schema/index.ts'
import { appendEvents } from '../features/events/append.ts'
import type { EngineContext, ProcessIdentity } from './context.ts'
import { RUN_NOTICE } from './notices.ts'
import { readPaused } from './paused.ts'
import { type RunRow, readStoredFacts, readUsedSlots } from './read-run.ts'
import { eventOf } from './run-events.ts'
import { lookAgainAt, wakeRun } from './wake-ups.ts'

/** Advisory lock under which slots are given out: the same answer with one process or ten. */
const CLAIM_LOCK = 7_103_001

/** Candidates read at a time; those of a repository that is full are left out by the query, so that none hides another. */
const MOST_CANDIDATES = 200

export interface Claimed {
  readonly attempts: readonly string[]
  readonly checks: readonly { readonly id: string; readonly generation: number }[]
}

/** Takes as many waiting runs and checks as there are slots, for this process, in one short transaction. */
export async function claim(context: EngineContext, self: ProcessIdentity): Promise<Claimed> {
  return await context.database.transaction(async (tx) => {
    // Somebody who hangs with the lock must not hang everybody: the next turn tries again. In one statement, left to right.
    await tx.execute(sql`
      select set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(${CLAIM_LOCK}),
             set_config('lock_timeout', '0', true)`)
    // One that was taken for dead and does not know it yet must not take what nobody would see it has.
    const listed = await tx.execute(sql`select from processes where id = ${self.id} for key share`)
    if (listed.rowCount === 0) return { attempts: [], checks: [] }
    // Held to the end: once a pause is answered, nothing starts any more.
    if (await readPaused(tx, { hold: true })) return { attempts: [], checks: [] }
    const used = await readUsedSlots(tx)
    const free = context.config.maxConcurrent - used.global
    if (free <= 0) return { attempts: [], checks: [] }
    const limits = await groupLimits(tx)
    const candidates = await readCandidates(tx, self, fullGroups(limits, used.byGroup))
    const taken = claimInOrder(candidates, {
      globalFree: free,
      groupFree: new Map([...limits].map(([id, limit]) => [id, limit - (used.byGroup.get(id) ?? 0)])),
      now: Date.now(),
    })
    const started: string[] = []
    const checks: { id: string; generation: number }[] = []
    for (const candidate of taken) {
      if (candidate.kind === 'check') {
        checks.push(...(await takeCheck(tx, candidate.id, self)))
      } else {
        const attemptId = await takeRun(context, tx, candidate.id, self)
        if (attemptId) started.push(attemptId)
      }
    }
    return { attempts: started, checks }
  })
}

/** Of repositories, and of definitions of standalone runs. */
async function groupLimits(tx: Transaction): Promise<Map<string, number>> {
  const { rows } = await tx.execute<{ id: string; slots: number }>(sql`
    select id, max_concurrent_tasks as slots from repositories
    union all
    select id, max_concurrent from blueprints where kind = 'standalone'`)
  return new Map(rows.map(({ id, slots }) => [id, slots]))
}

function fullGroups(limits: Map<string, number>, used: Map<string, number>): string[] {
  return [...limits].filter(([id, limit]) => (used.get(id) ?? 0) >= limit).map(([id]) => id)
}

async function readCandidates(
  tx: Transaction,
  self: ProcessIdentity,
  full: string[],
): Promise<ClaimCandidate[]> {
  const { rows } = await tx.execute<{
    kind: 'check' | 'run'
    id: string
    group_id: string
    priority: number
    queued_at: Date | string
  }>(sql`
    select kind, id, group_id, priority, queued_at from (
      (select 'run' as kind, r.id, r.group_id, r.priority, r.queued_at
         from runs r left join environments e on e.run_id = r.id
        where r.state = 'queued' and r.intent is null
          -- It is merged, and only not completed yet.
          and r.waiting_on is distinct from 'subtask'
          and (r.not_before is null or r.not_before <= now())
          and (e.host_id is null or e.host_id = ${self.hostId})
          and not (r.group_id = any(${sql.param(full)}::uuid[]))
        order by r.priority, r.queued_at, r.id limit ${MOST_CANDIDATES})
      union all
      (select 'check' as kind, c.id, c.repository_id as group_id, r.priority, r.queued_at
         from check_runs c join runs r on r.id = c.run_id
        where c.status = 'queued' and not (c.repository_id = any(${sql.param(full)}::uuid[]))
        order by r.priority, r.queued_at, c.id limit ${MOST_CANDIDATES})
    ) candidates`)
  return rows.map((row) => ({
    kind: row.kind,
    id: row.id,
    groupId: row.group_id,
    priority: row.priority,
    queuedAt: new Date(row.queued_at).getTime(),
    notBefore: null,
  }))
}

async function takeCheck(
  tx: Transaction,
  id: string,
  self: ProcessIdentity,
): Promise<{ id: string; generation: number }[]> {
  return await tx
    .update(checkRuns)
    .set({ status: 'running', startedAt: sql`now()`, processId: self.id, hostId: self.hostId })
    .where(and(eq(checkRuns.id, id), eq(checkRuns.status, 'queued')))
    .returning({ id: checkRuns.id, generation: checkRuns.generation })
}

/** Only what waits for nothing but a slot is claimed: not one that has spent its budget, has a dependency again, or is merged. */
async function isReady(context: EngineContext, tx: Transaction, runId: string): Promise<boolean> {
  const facts = await readStoredFacts(tx, runId, context.config, { capacity: false })
  if (!facts) return false
  const { action } = decide({ ...facts.snapshot, pullRequest: lastKnown(facts.run), now: Date.now() })
  return action.type === 'wait' && action.on === 'capacity'
}

/** What the forge said last: no agent works on what it said is merged. */
function lastKnown({ prNumber, observation }: RunRow): PullRequestFacts {
  return prNumber === null || observation === null ? { kind: 'none' } : { kind: 'known', observation }
}

/** Makes the attempt the run is queued for; the partial unique index holds that there is no other live one. */
async function takeRun(
  context: EngineContext,
  tx: Transaction,
  runId: string,
  self: ProcessIdentity,
): Promise<string | null> {
  const [run] = await tx.select().from(runs).where(eq(runs.id, runId)).for('update')
  if (run?.state !== 'queued' || run.intent !== null || run.nextReason === null) return null
  if (!(await isReady(context, tx, runId))) {
    await wakeRun(tx, runId)
    return null
  }
  const [last] = await tx
    .select()
    .from(attempts)
    .where(eq(attempts.runId, runId))
    .orderBy(desc(attempts.number))
    .limit(1)
  const attemptId = uuidv7()
  await tx.insert(attempts).values({
    id: attemptId,
    workspaceId: run.workspaceId,
    runId,
    number: (last?.number ?? 0) + 1,
    reason: run.nextReason,
    purpose: run.nextPurpose,
    context: run.nextContext,
    processId: self.id,
    hostId: self.hostId,
    agentType: run.agentType,
    ...(await launchSettings(tx, run)),
    resumeSessionId: run.nextResumesSession ? (last?.sessionId ?? last?.resumeSessionId ?? null) : null,
    pullRequestHead: pullRequestHead(run),
  })
  await tx
    .update(runs)
    .set({
      state: 'provisioning',
      version: sql`${runs.version} + 1`,
      startedAt: run.startedAt ?? sql`now()`,
      completedAt: null,
      waitingOn: 'agent',
      explanation: { reason: 'provisioning', summary: 'Its environment is being prepared.', wouldChange: [] },
      updatedAt: sql`now()`,
    })
    .where(and(eq(runs.id, runId), eq(runs.version, run.version)))
  // If whoever supervises it is gone before the first fact is recorded, this look finds out.
  await lookAgainAt(tx, runId, new Date(Date.now() + 60_000))
  await context.notify.publish(tx, { k: RUN_NOTICE, runId })
  await appendEvents(tx, [claimedEvent(run)])
  return attemptId
}

function pullRequestHead({ kind, prNumber, observation, publishedSha }: RunRow): string | null {
  return kind !== 'repo' || prNumber === null ? null : (observation?.headSha ?? publishedSha)
}

/** As of now, and kept with the attempt: what the run itself says, else its repository. */
async function launchSettings(tx: Transaction, run: RunRow) {
  if (run.repositoryId === null) return { model: run.model, maxTurns: run.maxTurns }
  const [repository] = await tx
    .select({
      model: repositories.model,
      maxTurns: run.kind === 'review' ? repositories.maxTurnsReview : repositories.maxTurnsCoding,
    })
    .from(repositories)
    .where(eq(repositories.id, run.repositoryId))
  const maxTurns = run.maxTurns ?? repository?.maxTurns ?? null
  // The repository's model is for the agent that codes: a review was given its own when it was made.
  return { model: run.kind === 'review' ? run.model : (run.model ?? repository?.model ?? null), maxTurns }
}

function claimedEvent(run: RunRow) {
  return eventOf(run, {
    type: 'task:state_changed',
    fromState: 'queued',
    toState: 'provisioning',
    trigger: 'claimed',
    message: `There is a slot for it (reason: ${run.nextReason}).`,
    actor: 'optio',
    data: { title: run.title, waitingOn: 'agent' },
  })
}
