import { leakWords, SECRET_IN_CHANGES } from '@optio/core'
import type { EngineContext } from '../context.ts'
import { findLeaks } from '../credentials/find-leaks.ts'
import { repositoryRef } from '../observe.ts'
import type { RepositoryRow, RunRow } from '../read-run.ts'
import type { EffectResult } from './effect.ts'
import { keepsWorkOf } from './keeps-work.ts'

/** Brings the branch on the forge to the agent's commits, never over work of others that they do not hold. */
export async function publish(
  context: EngineContext,
  repository: RepositoryRow,
  run: RunRow,
  sha: string,
): Promise<EffectResult> {
  // The last gate, whatever was known when the attempt ended, and to which Optio: what is pushed cannot be taken back.
  const leaks = await findLeaks(context, { runId: run.id, repositoryId: repository.id, headSha: sha })
  if (leaks.length > 0) return refused(SECRET_IN_CHANGES, leakWords(leaks))
  const branch = run.branch ?? ''
  const forge = context.forge(repository.gitPlatform)
  const ref = repositoryRef(context, repository)
  let result = await forge.publish(ref, { branch, sha, expected: run.publishedSha })
  if (result.outcome === 'moved') {
    const { actualSha } = result
    const baseRef = run.baseRef ?? repository.defaultBranch
    // Somebody deleted the branch, or pushed to it and the agent built on that: nothing of theirs is lost by going on.
    const isSafe =
      actualSha === null ||
      (await keepsWorkOf(ref.mirrorDir, {
        theirs: actualSha,
        ours: sha,
        published: run.publishedSha,
        baseRef,
        branch,
      }))
    if (isSafe) result = await forge.publish(ref, { branch, sha, expected: actualSha })
  }
  switch (result.outcome) {
    case 'published':
      return {
        change: { publishedSha: sha },
        event: { type: 'task:published', message: `Published ${sha.slice(0, 10)} on ${branch}.` },
        refusal: null,
      }
    case 'moved': {
      const at = result.actualSha?.slice(0, 10) ?? 'nothing'
      const message = `Somebody else pushed to ${branch} (it is at ${at}), so Optio’s commits were not pushed over it.`
      return {
        change: {},
        event: { type: 'task:branch_moved', message },
        refusal: { code: 'branch_moved', message },
      }
    }
    case 'refused':
      return refused(result.code, context.agentAccess.redact(result.message))
  }
}

function refused(code: string, message: string): EffectResult {
  return { change: {}, event: { type: 'task:publish_refused', message }, refusal: { code, message } }
}
