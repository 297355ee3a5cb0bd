import type { Decision } from '../decision.ts'
import { namesOf } from '../merge-policy.ts'
import type { DependencyFacts, Snapshot } from '../snapshot.ts'
import { askPerson, transition, wait } from './build.ts'

export function openDependencies(s: Snapshot): readonly DependencyFacts[] {
  return s.dependencies.filter(({ state }) => state !== 'completed')
}

function failedDependencies(s: Snapshot): readonly DependencyFacts[] {
  return s.dependencies.filter(({ state }) => state === 'failed' || state === 'cancelled')
}

/** pending and waiting_on_deps: ready as soon as every dependency is completed. */
export function judgeWaitingOnDependencies(s: Snapshot): Decision {
  const failed = failedDependencies(s)
  if (failed.length > 0 && failsWithDependency(s)) {
    const message = failedWords(failed)
    return transition('failed', 'dependency_failed', message, {
      error: {
        category: 'dependency',
        message: `${message} Retry that task first, or remove the dependency; then retry this one.`,
      },
    })
  }
  if (s.run.held && s.run.state === 'pending') {
    return wait('person', 'held', 'It is held: it starts when a person runs it.', [
      'Run it now.',
      'Cancel the task.',
    ])
  }
  const open = openDependencies(s)
  if (open.length === 0) {
    return {
      action: { type: 'enqueue' },
      reason: 'ready',
      explain: { summary: 'Nothing stands before it.', wouldChange: [] },
      wakeAt: null,
    }
  }
  if (s.run.state === 'pending') {
    return transition('waiting_on_deps', 'dependencies_open', `It waits for ${open.length} other task(s).`)
  }
  if (failed.length > 0) return askPerson(s, 'dependency_failed', failedWords(failed))
  return wait('dependency', 'dependencies_open', `It waits for ${namesOf(open)}.`, [
    'Those tasks complete.',
    'Remove the dependency.',
  ])
}

/** Steps are done in order, each on what the one before it did: there is nothing to wait for when that came to nothing. */
function failsWithDependency({ run, policy }: Snapshot): boolean {
  return run.taskType === 'step' || policy.onDependencyFailure === 'fail'
}

function failedWords(failed: readonly DependencyFacts[]): string {
  return `It depends on what was not completed: ${namesOf(failed)}.`
}

/** needs_attention because of a dependency: it goes back to waiting once that is retried or removed. Null for other reasons. */
export function judgeDependencyMended(s: Snapshot): Decision | null {
  if (s.run.attention !== 'dependency_failed' || failedDependencies(s).length > 0) return null
  return transition('waiting_on_deps', 'mended', 'What it depends on was retried or removed.')
}
