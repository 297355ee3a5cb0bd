import type { AgentAdapter } from '@optio/agents'
import type { AgentFailure, StopReason } from '@optio/core'
import type { StepStop } from '@optio/runtimes'
import { eq, sql } from 'drizzle-orm'
import { attempts, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { Followed } from '../../features/logs/ingest/follow-step.ts'
import type { EngineContext } from '../context.ts'
import { MessageDelivery } from '../messages/message-delivery.ts'
import { RUN_NOTICE } from '../notices.ts'
import { eventOf } from '../run-events.ts'
import { wakeRun } from '../wake-ups.ts'
import { CostNews } from './cost-news.ts'
import { asFault, EnvironmentFault, stopIfAsked } from './environment.ts'
import { fenced } from './fence.ts'
import { AGENT_STEP, launchAgent } from './launch-agent.ts'
import { awaitStep, type EndedStep } from './step.ts'
import type { AttemptEnd, Supervised } from './supervised.ts'

/** Launches the agent, or finds it launched, and follows its output to the end. */
export async function runAgent(context: EngineContext, supervised: Supervised): Promise<AttemptEnd> {
  const { attempt, run, stop, leave } = supervised
  const adapter = context.adapter(attempt.agentType)
  if (!adapter) {
    throw new EnvironmentFault({
      state: 'failed',
      stopReason: null,
      exitCode: null,
      environmentFault: true,
      errorMessage: `This Optio cannot run agents of type ${attempt.agentType}.`,
    })
  }
  const paths = context.workspaces.paths(run.id)
  const dir = paths.stepDir(attempt.number, AGENT_STEP)
  if (attempt.state !== 'running') {
    stopIfAsked(supervised)
    try {
      await launchAgent(context, supervised, adapter)
    } catch (error) {
      throw asFault(error)
    }
    await recordStart(context, supervised, await context.runtime.takesInput(dir))
  }
  const ended = awaitStep(context, dir, stop, leave)
  // `followStep` is told about the end by this promise, and about leaving by the signal.
  ended.catch(() => undefined)
  const messages = await listenTo(context, supervised, adapter, dir)
  const { parserState } = await follow(context, supervised, adapter, ended, messages).finally(() =>
    messages?.close(),
  )
  const conclude = (exitCode: number | null) => adapter.conclude(parserState, { exitCode })
  return endOf(await ended, stop.reason, conclude)
}

/** Null for an agent that hears nothing but its prompt, or that was launched so. */
async function listenTo(
  context: EngineContext,
  supervised: Supervised,
  { conversation }: AgentAdapter,
  dir: string,
): Promise<MessageDelivery | null> {
  if (conversation === null || !(await context.runtime.takesInput(dir))) return null
  return new MessageDelivery(context, supervised, conversation, dir)
}

/**
 * Brings into the log, and into the cost, what an agent that has ended wrote although its start was never recorded: whoever
 * launched it died just then, and it was to be stopped before anybody followed it.
 */
export async function readAgentOutput(context: EngineContext, supervised: Supervised): Promise<void> {
  const adapter = context.adapter(supervised.attempt.agentType)
  if (adapter) await follow(context, supervised, adapter, Promise.resolve())
}

async function follow(
  context: EngineContext,
  supervised: Supervised,
  adapter: AgentAdapter,
  ended: Promise<unknown>,
  messages: MessageDelivery | null = null,
): Promise<Followed> {
  const { attempt, run, leave } = supervised
  const news = new CostNews(context, run)
  const following = context.followStep({
    attempt: {
      id: attempt.id,
      runId: run.id,
      workspaceId: run.workspaceId,
      number: attempt.number,
      generation: supervised.generation,
    },
    dir: context.workspaces.paths(run.id).stepDir(attempt.number, AGENT_STEP),
    adapter,
    redact: context.agentAccess.redact,
    heldBack: context.agentAccess.heldBack,
    ended,
    signal: leave,
    onState: (state) => messages?.follow(state),
    onUsage: () => {
      news.grown()
      // The cap, which a person may have set meanwhile, is judged by decide on the sum over all attempts. A wake-up that
      // fails is made up for by the next report.
      context.database
        .transaction((tx) => wakeRun(tx, run.id))
        .catch((error: unknown) =>
          context.log.warn({ runId: run.id, err: error }, 'the budget could not be judged'),
        )
    },
  })
  return await following.finally(() => news.end())
}

async function recordStart(
  context: EngineContext,
  supervised: Supervised,
  takesMessages: boolean,
): Promise<void> {
  const { attempt, run, place } = supervised
  await context.database.transaction(async (tx) => {
    await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, run.id)).for('update')
    await fenced(tx, supervised)
    const now = new Date()
    const deadlineAt = new Date(now.getTime() + place.settings.maxAttemptMs)
    await tx
      .update(attempts)
      .set({
        state: 'running',
        startedAt: now,
        deadlineAt,
        lastOutputAt: now,
        errorMessage: null,
        takesMessages,
      })
      .where(eq(attempts.id, attempt.id))
    const [moved] = await tx
      .update(runs)
      .set({
        state: 'running',
        version: sql`${runs.version} + 1`,
        updatedAt: sql`now()`,
        waitingOn: 'agent',
        explanation: {
          reason: 'agent_working',
          summary: 'The agent is working.',
          wouldChange: ['The agent ends.'],
        },
      })
      .where(sql`${runs.id} = ${run.id} and ${runs.state} = 'provisioning'`)
      .returning({ id: runs.id })
    if (!moved) return
    await context.engineLog.append(tx, run, attempt.number, [
      { logType: 'system', content: `Attempt ${attempt.number} (${attempt.reason}) starts.` },
    ])
    await wakeRun(tx, run.id)
    await context.notify.publish(tx, { k: RUN_NOTICE, runId: run.id })
    await appendEvents(tx, [
      eventOf(run, {
        type: 'task:state_changed',
        fromState: 'provisioning',
        toState: 'running',
        trigger: attempt.reason,
        message: `Attempt ${attempt.number} (${attempt.reason}) runs.`,
        actor: 'optio',
        data: { title: run.title, waitingOn: 'agent' },
      }),
    ])
  })
}

const STOPS: Readonly<Record<Exclude<StepStop, 'requested'>, StopReason>> = {
  deadline: 'deadline',
  orphaned: 'orphaned',
  output_limit: 'output_limit',
}

/**
 * Only the exit code, what Optio itself did, and what the agent reported in its protocol say how an attempt ended; never the
 * words of its transcript. `conclude` answers the failure the agent reported, also where its exit code claims success.
 */
function endOf(
  ended: EndedStep,
  asked: StopReason | null,
  conclude: (exitCode: number | null) => AgentFailure | null,
): AttemptEnd {
  if (ended.state === 'lost') {
    const state = asked === null ? 'lost' : 'stopped'
    return {
      state,
      stopReason: asked,
      exitCode: null,
      errorMessage: `The machine lost the agent: ${ended.why}.`,
    }
  }
  const { exitCode, signal, stopped } = ended
  if (stopped !== null) {
    return {
      state: 'stopped',
      stopReason: stopped === 'requested' ? (asked ?? 'operator') : STOPS[stopped],
      exitCode,
    }
  }
  // An end that met a request to stop is no success, whatever the exit code says.
  if (asked !== null) return { state: 'stopped', stopReason: asked, exitCode }
  const failure = conclude(exitCode)
  if (failure !== null) {
    return { state: 'failed', stopReason: null, exitCode, errorMessage: failure.message, failure }
  }
  if (exitCode === 0) return { state: 'succeeded', stopReason: null, exitCode }
  const how = signal === null ? `with exit code ${exitCode ?? 'unknown'}` : `by signal ${signal}`
  return { state: 'failed', stopReason: null, exitCode, errorMessage: `The agent ended ${how}.` }
}
