import { isFinished, judgeCommand, legalNextStates, REVIEW_AUTHOR } from '@optio/core'
import { redo, startReview } from './engine.ts'
import { answerAgain } from './forge.ts'
import { retrySubtasks } from './parts.ts'
import { review, STRANGER } from './remarks.ts'
import type { World } from './world.ts'

/** A person asks for something, where it is legal. */
export function personAsks(
  world: World,
  command: 'cancel' | 'retry' | 'resume' | 'forceRestart' | 'forceRedo' | 'runNow',
): boolean {
  const { run } = world
  const verdict = judgeCommand(command, {
    state: run.state,
    intent: run.intent,
    prNumber: run.prNumber,
    held: run.held,
    hasLiveAttempt: world.hasLiveAttempt,
  })
  if (!verdict.ok) return false
  if (command === 'cancel') run.intent = 'cancel'
  else if (command === 'runNow') run.held = false
  else if (command === 'forceRedo') {
    if (isFinished(run.state)) redo(world)
    else if (run.state !== 'pending' && run.state !== 'waiting_on_deps') run.intent ??= 'redo'
  } else {
    if (run.kind === 'repo' && isFinished(run.state)) retryAfterClose(world)
    const reason = command === 'forceRestart' ? 'restart' : command
    world.next = { reason, purpose: null, counts: null, notBefore: null, context: {} }
    Object.assign(run, { retryCount: 0, autoResumeCount: 0, attention: null, notBefore: null })
    if (!legalNextStates(run.state).includes('queued'))
      throw new Error(`${command} leads nowhere from ${run.state}`)
    world.moveTo('queued')
  }
  return true
}

/** A pull request that was closed is left; one that is still to be closed is not closed any more. */
function retryAfterClose(world: World): void {
  const closing = world.effects.findIndex(
    ({ kind, state }) => kind === 'close_pull_request' && state === 'pending',
  )
  if (closing >= 0 && world.remote?.state === 'open') world.effects.splice(closing, 1)
  const isBeingClosed = world.effects.some(
    ({ kind, key, state }) =>
      kind === 'close_pull_request' && key.endsWith(`:${world.run.prNumber}`) && state === 'executing',
  )
  if (world.remote?.state === 'open' && isBeingClosed) world.remote.state = 'closed'
  if (world.remote?.state !== 'closed') return
  world.run.prNumber = null
  Object.assign(world, { remote: null, reviews: [], records: [], lastSeen: null, heard: null })
}

/** A person who wants to see it done: merges, lifts what stands in the way, raises the budget, resumes. */
export function personHelps(world: World, reason: string) {
  const { run, remote } = world
  if (reason === 'budget_reached') world.spent = 0n
  switch (reason) {
    case 'held':
      personAsks(world, 'runNow')
      return
    case 'forge_credential':
    case 'repository_replaced':
      return answerAgain(world)
    case 'subtask_failed':
      return retrySubtasks(world)
    case 'review_failed':
    case 'review_rounds':
      return startReview(world, world.remoteHead ?? '')
  }
  if (run.state === 'needs_attention') {
    personAsks(world, 'resume')
    return
  }
  if (remote === null || world.remoteHead === null) return
  remote.draft = false
  if (reason === 'merge_by_person') remote.state = 'merged'
  else if (reason === 'changes_requested' || reason === 'approval_missing') {
    for (const author of ['ada', 'bob', STRANGER]) review(world, author, 'approved')
    if ([...remote.reviews, ...world.records].some(({ author }) => author === REVIEW_AUTHOR))
      startReview(world, world.remoteHead)
  }
}
