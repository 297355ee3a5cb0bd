import type { Launch } from './process.ts'
import { type Remote, remoteEnvironment } from './remote.ts'
import { remoteFailure } from './remote-failure.ts'
import { followingMove } from './remote-move.ts'
import { git } from './run.ts'

/** What a remote shows of itself. */
export interface RemoteRefs {
  /** The branch its HEAD names, without `refs/heads/`; null when it names none that exists. */
  readonly head: string | null
  /** Full name to object; of an annotated tag the tag itself. */
  readonly refs: ReadonlyMap<string, string>
}

const LIST_TIMEOUT_MS = 60_000
const LIST_BYTES = 256 * 1024 * 1024

/**
 * Reads the refs of a remote; one process, at most one or two requests, none of which counts for a limit of an API. Throws a
 * `GitError`: `unauthenticated`, `forbidden`, `not_found`, `limited`, `unreachable`.
 *
 * @param options.names full names of refs; without them every branch and tag.
 * @param options.launch where git runs; default the root directory, which is no repository.
 */
export async function readRemote(
  remote: Remote,
  options: { readonly names?: readonly string[]; readonly launch?: Launch } = {},
): Promise<RemoteRefs> {
  const { names, launch = { cwd: '/' } } = options
  const patterns = names ?? ['HEAD', 'refs/heads/*', 'refs/tags/*']
  const text = await followingMove(remote, async (to) => {
    try {
      const args = ['ls-remote', '--symref', '--quiet', '--end-of-options', to.url, ...patterns]
      const env = { ...launch.env, ...remoteEnvironment(to) }
      const limits = { timeoutMs: LIST_TIMEOUT_MS, maxOutputBytes: LIST_BYTES }
      return (await git(args, { ...launch, env, ...limits })).stdout.toString('utf8')
    } catch (error) {
      throw remoteFailure(error, 'ls-remote')
    }
  })
  const refs = new Map<string, string>()
  let head: string | null = null
  for (const line of text.split('\n')) {
    const [value = '', name = ''] = line.split('\t', 2)
    if (value.startsWith('ref: refs/heads/') && name === 'HEAD') head = value.slice('ref: refs/heads/'.length)
    // Patterns are of the end of a name: what only ends like it is another ref. Peeled tags (`^{}`) are no refs.
    const isMeant = names === undefined ? /^refs\/(heads|tags)\//.test(name) : names.includes(name)
    if (isMeant && !name.endsWith('^{}') && /^[0-9a-f]{40,64}$/.test(value)) refs.set(name, value)
  }
  return {
    head: head !== null && (names !== undefined || refs.has(`refs/heads/${head}`)) ? head : null,
    refs,
  }
}
