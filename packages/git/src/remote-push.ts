import { OptioError } from '@optio/contract'
import { requireBranchName } from './branch-name.ts'
import { firstComplaint, GitError } from './failure.ts'
import { retryLocked } from './locks.ts'
import { resolveCommit } from './mirror.ts'
import { type Remote, remoteEnvironment } from './remote.ts'
import { remoteFailure } from './remote-failure.ts'
import { followingMove } from './remote-move.ts'
import { git } from './run.ts'

const PUSH_TIMEOUT_MS = 15 * 60_000

export type RemotePush =
  | { readonly outcome: 'pushed' }
  /** The branch was not where the lease says. */
  | { readonly outcome: 'stale' }
  /** The server took the push and refused the change. `reason` is one line, `said` everything it said. */
  | { readonly outcome: 'refused'; readonly reason: string; readonly said: string }

/**
 * Moves exactly one branch of a remote to a commit of the mirror, only if it is at `expected` now (null: it must not exist). A commit
 * of null deletes it. No hook of ours runs, nothing is signed, no tag goes along. Throws a `GitError` when there is no clear
 * answer: the push may have been carried out then.
 */
export async function pushToRemote(
  mirrorDir: string,
  remote: Remote,
  request: { readonly branch: string; readonly sha: string | null; readonly expected: string | null },
): Promise<RemotePush> {
  const ref = `refs/heads/${requireBranchName(request.branch)}`
  const { sha, expected } = request
  if (sha !== null && (await resolveCommit(mirrorDir, sha)) !== sha) {
    throw new OptioError('GIT', `The commit ${sha} is not in the mirror.`)
  }
  return await followingMove(remote, async (to) => {
    const args = [
      '-c',
      'push.followTags=false',
      'push',
      '--porcelain',
      '--no-verify',
      '--no-signed',
      `--force-with-lease=${ref}:${expected ?? ''}`,
      '--end-of-options',
      to.url,
      `${sha ?? ''}:${ref}`,
    ]
    try {
      const result = await retryLocked(mirrorDir, () =>
        git(args, {
          cwd: mirrorDir,
          gitDir: mirrorDir,
          env: remoteEnvironment(to),
          okCodes: [0, 1],
          timeoutMs: PUSH_TIMEOUT_MS,
        }),
      )
      if (result.code === 0) return { outcome: 'pushed' }
      return rejection(result.stdout.toString('utf8'), result.stderr)
    } catch (error) {
      throw remoteFailure(error, 'push')
    }
  })
}

/** Reads the line `!<TAB><from>:<to><TAB>[…rejected] (<reason>)` of the porcelain output. */
function rejection(stdout: string, stderr: string): RemotePush {
  const line = /^!\t[^\t]*\t\[([^\]]*)\](?: \((.*)\))?$/m.exec(stdout)
  // Without it git did not get as far as the branch: the words are all there is.
  if (line === null) throw new GitError('failed', 'push', { profile: 'own', exitCode: 1, stderr })
  const reason = line[2] ?? line[1] ?? ''
  const said = stderr.replace(/^error: failed to push some refs.*$/gm, '').trim()
  const isStale =
    reason === 'stale info' ||
    reason === 'fetch first' ||
    // Between the lease and the update somebody else's push came first.
    /cannot lock ref .*(is at .* but expected|reference already exists)|remote ref does not exist/.test(
      `${reason}\n${said}`,
    )
  if (isStale) return { outcome: 'stale' }
  if (/unpacker error|No space left|internal server error|remote unpack failed/i.test(`${reason}\n${said}`)) {
    throw new GitError('unreachable', 'push', { profile: 'own', exitCode: 1, stderr: `${reason}\n${said}` })
  }
  const complaint = said === '' ? '' : firstComplaint(said)
  return { outcome: 'refused', reason: complaint === '' ? reason : `${reason}: ${complaint}`, said }
}
