import { isCapReached } from '../cost.ts'
import type { Decision } from '../decision.ts'
import type { Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { budgetReached, silenceWords, transition, wait } from './build.ts'
import { openDependencies } from './dependencies.ts'
import { pausedSince, UNPAUSE } from './paused.ts'

/** queued: the claim takes it when there is a slot; here it is only said why it waits. */
export function judgeQueued(s: Snapshot): Decision {
  // A run that failed because of a dependency and was retried has to wait for it like a new one.
  if (s.attempt === null && openDependencies(s).length > 0) {
    return transition('waiting_on_deps', 'dependencies_open', 'It waits for other tasks first.')
  }
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  if (s.capacity.paused) {
    return wait('capacity', 'paused', `${pausedSince(s.capacity.paused)} No agent starts.`, [UNPAUSE])
  }
  if (s.run.notBefore !== null && s.run.notBefore > s.now) {
    const parked = parkedBy(s, s.run.notBefore)
    if (parked) return parked
    const seconds = Math.ceil((s.run.notBefore - s.now) / 1000)
    return wait(
      'backoff',
      'backoff',
      `The next attempt starts in ${seconds} s.`,
      ['Time passes.', 'Run it now.'],
      s.run.notBefore,
    )
  }
  const { globalLimit, globalUsed, groupLimit, groupUsed, ahead, blocked } = s.capacity
  if (blocked !== undefined) {
    return wait('capacity', 'disk_full', blocked, ['There is room again.', 'Delete what is not needed.'])
  }
  if (groupUsed >= groupLimit) {
    return groupFull(s)
  }
  if (globalUsed >= globalLimit) {
    return wait('capacity', 'global_limit', `All ${globalLimit} slots are in use.`, [
      'A task ends.',
      'Raise OPTIO_MAX_CONCURRENT.',
    ])
  }
  const behind = ahead > 0 ? ` ${ahead} task(s) go first.` : ''
  return wait('capacity', 'next_in_line', `It is about to start.${behind}`, [
    'Give it a smaller priority number.',
  ])
}

/** A standalone run shares the slots of its definition, every other those of its repository. */
function groupFull({ run, capacity: { groupLimit } }: Snapshot): Decision {
  if (run.kind === 'standalone') {
    return wait('capacity', 'definition_limit', `All ${groupLimit} slots of its definition are in use.`, [
      'A run of the definition ends.',
      'Raise the definition’s maxConcurrent.',
    ])
  }
  return wait('capacity', 'repository_limit', `All ${groupLimit} slots of its repository are in use.`, [
    'A task of the repository ends.',
    'Raise the repository’s maxConcurrentTasks.',
  ])
}

/** A run that its provider turned away, or whose forge gave no answer, in words that name the time; null for one that waits for another reason. */
function parkedBy(s: Snapshot, until: number): Decision | null {
  const failure = s.attempt?.failure
  if (s.attempt?.state !== 'failed' || !failure) return null
  if (failure.kind === 'forge') {
    const { on, reason, summary, wouldChange } = silenceWords(failure.why, failure.message)
    const when = `It is asked again at ${new Date(until).toISOString()}.`
    return wait(on, reason, `${summary} ${when}`, [...wouldChange, 'Run it now.'], until)
  }
  if (failure.kind !== 'rate_limit' && failure.kind !== 'provider') return null
  const what =
    failure.kind === 'rate_limit' ? 'takes no requests for a while' : 'failed, which is not the task’s fault'
  return wait(
    'backoff',
    failure.kind === 'rate_limit' ? 'provider_limit' : 'provider_error',
    `The agent goes on at ${new Date(until).toISOString()}. Its provider ${what}: ${oneLine(failure.message, 300)}`,
    ['That time comes.', 'Run it now.', 'Cancel the task.'],
    until,
  )
}
