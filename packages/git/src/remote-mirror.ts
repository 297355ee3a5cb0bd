import { OptioError } from '@optio/contract'
import { retryLocked } from './locks.ts'
import { type Remote, remoteEnvironment } from './remote.ts'
import { remoteFailure } from './remote-failure.ts'
import { followingMove } from './remote-move.ts'
import { readRemote } from './remote-refs.ts'
import { git } from './run.ts'

/** A first fetch of a large repository takes its time; one that hardly moves is broken off by git much earlier. */
const FETCH_TIMEOUT_MS = 60 * 60_000

const FETCH = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'] as const

/**
 * A mirror's remote. Nothing of it, neither the address nor the credential, is written into the mirror. One that shows no branch at
 * all is refused rather than mirrored: it must not read as "every branch was deleted".
 *
 * @param refspecs what is fetched when something is different.
 */
export function remoteSource(remote: Remote, refspecs: readonly string[]) {
  const refs = async (): Promise<ReadonlyMap<string, string>> => {
    const { refs: found } = await readRemote(remote)
    if ([...found.keys()].some((name) => name.startsWith('refs/heads/'))) return found
    throw new OptioError('REPO_EMPTY', `${remote.url} has no branch. Make a first commit there.`)
  }
  return {
    refs,
    // The length of an object's name is the only thing a server says about it without a fetch.
    objectFormat: async () => ([...(await refs()).values()][0]?.length === 64 ? 'sha256' : 'sha1'),
    fetchInto: async (directory: string): Promise<void> => {
      await fetchRemote(directory, remote, ['--prune'], refspecs)
    },
  }
}

/**
 * Brings single commits into a mirror that no branch leads to any more (the head of a pull request that is over). Throws a `GitError`
 * when the remote does not have or does not give them.
 */
export async function fetchCommits(
  mirrorDir: string,
  remote: Remote,
  shas: readonly string[],
): Promise<void> {
  await fetchRemote(mirrorDir, remote, [], shas)
}

async function fetchRemote(
  directory: string,
  remote: Remote,
  flags: readonly string[],
  wanted: readonly string[],
): Promise<void> {
  await followingMove(remote, async (to) => {
    const args = [...FETCH, ...flags, '--end-of-options', to.url, ...wanted]
    try {
      await retryLocked(directory, () =>
        git(args, {
          cwd: directory,
          gitDir: directory,
          env: remoteEnvironment(to),
          timeoutMs: FETCH_TIMEOUT_MS,
        }),
      )
    } catch (error) {
      throw remoteFailure(error, 'fetch')
    }
  })
}
