import { OptioError } from '@optio/contract'
import { firstComplaint, GitError, git, resolveCommit, retryLocked, UPSTREAM_RECEIVE_PACK } from '@optio/git'
import type { RepositoryRef } from '../forge.ts'
import { inPushTurn, type PushTurn } from './push-turn.ts'

/** A person's hooks may run on a push: they get time. */
const PUSH_TIMEOUT_MS = 10 * 60_000

export type PushResult =
  | { readonly outcome: 'pushed' }
  /** The branch was not where the lease says. */
  | { readonly outcome: 'stale' }
  /** The upstream took the push but refused the change, in its words. */
  | { readonly outcome: 'refused'; readonly reason: string }

/**
 * Moves one branch of the upstream to a commit of the mirror, only if it is at `expected` now (null: it must not exist). The
 * upstream's own hooks run, as on anybody's push. A working tree that has the branch checked out is updated along with
 * it if it is clean; else git refuses and touches nothing (`receive.denyCurrentBranch=updateInstead`).
 *
 * @param tidy runs before the push and after one that moved nothing, while nobody else pushes.
 */
export async function pushBranch(
  repository: RepositoryRef,
  request: { readonly branch: string; readonly sha: string; readonly expected: string | null },
  tidy: () => Promise<void> = async () => {},
): Promise<PushResult> {
  const ref = `refs/heads/${request.branch}`
  if ((await resolveCommit(repository.mirrorDir, request.sha)) !== request.sha) {
    throw new OptioError('GIT', `The commit ${request.sha} is not in the mirror of ${repository.fullName}.`)
  }
  const push = (turn: PushTurn) =>
    git(
      [
        '-c',
        'push.followTags=false',
        'push',
        '--porcelain',
        '--no-verify',
        '--no-signed',
        `--receive-pack=${UPSTREAM_RECEIVE_PACK}`,
        `--force-with-lease=${ref}:${request.expected ?? ''}`,
        '--end-of-options',
        repository.repoUrl,
        `${request.sha}:${ref}`,
      ],
      {
        cwd: repository.mirrorDir,
        gitDir: repository.mirrorDir,
        okCodes: [0, 1],
        timeoutMs: PUSH_TIMEOUT_MS,
        onStart: turn.started,
      },
    )
  try {
    const result = await inPushTurn(repository.mirrorDir, 2 * PUSH_TIMEOUT_MS, async (turn) => {
      await tidy()
      let moved = false
      try {
        const pushed = await retryLocked(repository.mirrorDir, () => push(turn))
        moved = pushed.code === 0
        return pushed
      } finally {
        // What cannot be tidied now is tidied before the next push; the failure of this one is what counts.
        if (!moved) await tidy().catch(() => undefined)
      }
    })
    if (result.code === 0) return { outcome: 'pushed' }
    return rejection(result.stdout.toString('utf8'), result.stderr)
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    const { kind, exitCode, stderr } = error
    throw new GitError(kind, 'push', { profile: 'upstream', exitCode, stderr, cause: error })
  }
}

/** Reads the line `!<TAB><from>:<to><TAB>[…rejected] (<reason>)` of the porcelain output. */
function rejection(stdout: string, stderr: string): PushResult {
  const reason = /^!\t[^\t]*\t\[[^\]]*\](?: \((.*)\))?$/m.exec(stdout)?.[1]
  const said = `${reason ?? ''}\n${stderr}`
  if (/No space left on device|unpacker error/i.test(said)) {
    const kind = /No space left/i.test(said) ? 'no_space' : 'failed'
    throw new GitError(kind, 'push', { profile: 'upstream', exitCode: 1, stderr: said })
  }
  const complaint = firstComplaint(stderr.replace(/^error: failed to push some refs.*$/gm, ''))
  if (reason === 'stale info' || reason === 'fetch first') return { outcome: 'stale' }
  // Between the lease and the update somebody else's push came first: git says that it cannot lock the ref where it was.
  if (/cannot lock ref .*(is at .* but expected|reference already exists)/.test(said))
    return { outcome: 'stale' }
  return { outcome: 'refused', reason: reason === undefined ? complaint : `${reason} (${complaint})` }
}
