import { changedFiles } from '../git/changes.ts'
import type { PullIssue } from '../state/issue.ts'
import type { ReviewThread } from '../state/pull-request.ts'
import type { Repository } from '../state/repository.ts'

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
