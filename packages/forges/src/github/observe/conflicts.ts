import { resolveCommit } from '@optio/git'
import type { RepositoryRef } from '../../forge.ts'
import { mergeTree } from '../../from-mirror/merge-tree.ts'
import { createMemo } from '../../local/memo.ts'
import { withinTime } from './in-time.ts'

export interface ConflictReader {
  /** Files in which head and base conflict; none when the mirror cannot tell. `NoAnswer` while that takes long. */
  files(repository: RepositoryRef, headSha: string, baseSha: string): Promise<readonly string[]>
}

const MAX_PAIRS = 1000

/**
 * GitHub says that a pull request conflicts, and not where: the mirror tells, brought up to date once when it lacks one of the commits.
 */
export function createConflictReader(
  refreshMirror: (repository: RepositoryRef) => Promise<void>,
  time: { readonly limitMs: number; readonly now: () => number },
): ConflictReader {
  const memo = createMemo<readonly string[]>(MAX_PAIRS)
  return {
    files: async (repository, headSha, baseSha) => {
      const reading = memo(`${repository.mirrorDir} ${headSha} ${baseSha}`, async () => {
        if (!(await hasBoth(repository, headSha, baseSha))) await refreshMirror(repository)
        const outcome = await mergeTree(repository.mirrorDir, baseSha, headSha)
        return outcome.outcome === 'conflict' ? outcome.files : []
      })
      // That it conflicts is known; where is found by whoever merges it.
      const known = reading.catch(() => [])
      return await withinTime(known, time)
    },
  }
}

async function hasBoth(repository: RepositoryRef, headSha: string, baseSha: string): Promise<boolean> {
  for (const sha of [headSha, baseSha]) {
    if ((await resolveCommit(repository.mirrorDir, sha).catch(() => null)) === null) return false
  }
  return true
}
