import { DEFAULT_CHECKS_GRACE_MS } from '@optio/core'
import type { RepositoryRef } from '../../forge.ts'
import type { GithubClient, Priority } from '../http/client.ts'
import { runsOf } from '../logs/runs.ts'
import { text, textOrNull } from '../shape.ts'
import type { AwaitedWorkflow } from './checks.ts'
import type { FoundPullRequest } from './found.ts'
import { keep } from './keep.ts'
import { createWorkflowReader } from './workflow-files.ts'

/** Tells what GitHub Actions has yet to say of a head, although nothing that has reported tells of it. */
export interface AwaitedReader {
  read(
    repository: RepositoryRef,
    found: FoundPullRequest,
    priority: Priority,
  ): Promise<readonly AwaitedWorkflow[]>
}

const MAX_HEADS = 5000

/**
 * @param now milliseconds since the epoch.
 * @param graceMs how long what may not be seen to have begun is waited for.
 */
export function createAwaitedReader(
  client: GithubClient,
  now: () => number,
  graceMs = DEFAULT_CHECKS_GRACE_MS,
): AwaitedReader {
  const workflows = createWorkflowReader(client, now)
  const seen = new Map<string, number>()

  /** How long this head has been known here, milliseconds. */
  const ageOf = (repository: RepositoryRef, { headSha }: FoundPullRequest): number => {
    const key = `${repository.workspaceId} ${repository.id} ${headSha}`
    const since = seen.get(key) ?? now()
    keep(seen, key, since, MAX_HEADS)
    return now() - since
  }

  const notBegun: AwaitedReader['read'] = async (repository, found, priority) => {
    const reported = eventsOf(found)
    // Where GitHub does not say which event began what has reported, all of it counts as begun.
    if (reported.has('')) return []
    const name = await workflows.mustStart(repository, found, reported, priority)
    return name === null ? [] : [{ name, summary: 'should start on this commit; has not reported yet' }]
  }

  /**
   * Where single checks may not be read, all of them together are good as soon as those are that have begun: the runs of GitHub Actions
   * tell which have. A credential that may not read those either is told nothing, and only waits a while for them.
   */
  const hidden: AwaitedReader['read'] = async (repository, found, priority) => {
    const age = ageOf(repository, found)
    if (found.checks.combined !== 'success') return []
    const runs = await runsOf(client, repository, found.headSha, priority)
    if (runs === null) {
      const name = await workflows.mustStart(repository, found, new Set(), priority)
      if (name === null || age >= graceMs) return []
      return [{ name, summary: 'should start on this commit; whether it has, this credential may not read' }]
    }
    const open = runs.filter(({ status }) => status !== 'completed')
    const names = [...new Set(open.map((run) => textOrNull(run, 'name') ?? 'a workflow'))]
    const begun = new Set([...eventsOf(found), ...runs.map((run) => text(run, 'event'))])
    const name = await workflows.mustStart(repository, found, begun, priority)
    return [
      ...names.map((each) => ({ name: each, summary: 'the workflow is not done' })),
      ...(name === null ? [] : [{ name, summary: 'should start on this commit; has not begun yet' }]),
    ]
  }

  return {
    read: async (repository, found, priority) =>
      await (found.checks.someHidden ? hidden : notBegun)(repository, found, priority),
  }
}

/** The events whose workflows GitHub Actions has begun: all of one event begin at once, those of another at another time. */
function eventsOf({ checks }: FoundPullRequest): ReadonlySet<string> {
  return new Set(checks.all.flatMap(({ workflow }) => (workflow === null ? [] : [workflow.event])))
}
