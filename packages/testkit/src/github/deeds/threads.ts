import { changedFiles } from '../git/changes.ts'
import type { PullIssue } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { ReviewThread } from '../state/pull-request.ts'
import type { Repository } from '../state/repository.ts'
import { isPull } from './labels.ts'

/** Moves threads along with their lines when the head goes from one commit to another; those whose line changed are outdated. */
export async function moveThreads(
  repository: Repository,
  { pull }: PullIssue,
  from: string,
  to: string,
): Promise<void> {
  const live = pull.threads.filter(({ outdated }) => !outdated)
  if (live.length === 0) return
  const files = await changedFiles(repository.gitDir, from, to)
  for (const thread of live) {
    const file = files.find(({ path, previousPath }) => path === thread.path || previousPath === thread.path)
    if (file === undefined) continue
    const line = file.status === 'modified' ? movedLine(file.patch, thread) : null
    if (thread.line === null && file.status === 'modified') continue // about the whole file
    thread.line = line
    thread.outdated = line === null
  }
}

/** Where a line of the old version is in the new one; null when it was changed. */
function movedLine(patch: string | null, { line }: ReviewThread): number | null {
  if (patch === null || line === null) return null
  let left = 1
  let right = 1
  for (const text of patch.split('\n')) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)/.exec(text)
    if (header) {
      // A hunk without old lines names the line before it.
      const start = Number(header[1]) + (header[2] === '0' ? 1 : 0)
      if (line < start) break
      left = start
      right = Number(header[3])
    } else if (text.startsWith('+')) right += 1
    else if (text.startsWith('-')) {
      if (left === line) return null
      left += 1
    } else if (!text.startsWith('\\')) {
      if (left === line) return right
      left += 1
      right += 1
    }
  }
  return line - left + right
}

/** A thread by its global id, or the only one of a pull request; throws when there is not exactly one. */
export function namedThread(
  repository: Repository,
  which: string | number,
): { issue: PullIssue; found: ReviewThread } {
  const chosen = [...repository.issues.values()]
    .filter(isPull)
    .flatMap((issue) => issue.pull.threads.map((found) => ({ issue, found })))
    .filter(({ issue, found }) =>
      typeof which === 'number'
        ? issue.number === which
        : nodeId('PullRequestReviewThread', found.id) === which,
    )
  const [only] = chosen
  if (only === undefined || chosen.length > 1) {
    throw new Error(`“${which}” names ${chosen.length} threads; it has to name one.`)
  }
  return only
}
