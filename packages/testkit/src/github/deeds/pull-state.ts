import type { User } from '../state/account.ts'
import type { PullIssue } from '../state/issue.ts'
import { fullNameOf, type Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { closedBy } from './closing-words.ts'
import { closeIssue } from './issues.ts'
import { isPull, note } from './labels.ts'

/** Closes without merging. */
export function closePull(world: World, repository: Repository, issue: PullIssue, by: User): void {
  if (issue.state === 'closed') return
  end(world, repository, issue, by)
  note(world, issue, 'closed', by)
  world.tell({ event: 'pull_request', action: 'closed', repository, by, issue })
}

/** It was merged as that commit; what it says it closes is closed, if it went to the default branch. */
export function markMerged(
  world: World,
  repository: Repository,
  issue: PullIssue,
  mergedSha: string,
  by: User,
): void {
  end(world, repository, issue, by)
  issue.pull.mergedAt = issue.closedAt
  issue.pull.mergedBy = by
  issue.pull.mergedSha = mergedSha
  note(world, issue, 'merged', by, { commitId: mergedSha })
  note(world, issue, 'closed', by)
  world.tell({ event: 'pull_request', action: 'closed', repository, by, issue })
  if (issue.pull.baseRef !== repository.defaultBranch) return
  for (const number of closedBy(issue.body, fullNameOf(repository), world.url)) {
    const named = repository.issues.get(number)
    if (named === undefined || isPull(named)) continue
    closeIssue(world, repository, named, by, { closer: issue.number, commitId: mergedSha })
  }
}

function end(world: World, repository: Repository, issue: PullIssue, by: User): void {
  issue.state = 'closed'
  issue.closedAt = world.clock.iso()
  issue.updatedAt = issue.closedAt
  issue.closedBy = by
  issue.pull.baseSha = repository.branches.get(issue.pull.baseRef) ?? issue.pull.baseSha
}
