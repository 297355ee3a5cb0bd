import { OptioError } from '@optio/contract'
import type { Launch } from './process.ts'
import { remoteFailure } from './remote-failure.ts'
import { followingMove } from './remote-move.ts'
import { git } from './run.ts'

/** A repository that is spoken to over HTTP. */
export interface Remote {
  /** Address for git, without any credential in it. */
  readonly url: string
  /** Value of the `Authorization` header; null goes without one. */
  readonly authorization: string | null
  /** Plain http is allowed: for servers of this machine alone. */
  readonly insecure?: boolean
}

/** What a remote shows of itself. */
export interface RemoteRefs {
  /** The branch its HEAD names, without `refs/heads/`; null when it names none that exists. */
  readonly head: string | null
  /** Full name to object; of an annotated tag the tag itself. */
  readonly refs: ReadonlyMap<string, string>
}

/** Variables that lead out of a network, and certificates that a company trusts. */
const NETWORK = [
  'HTTPS_PROXY',
  'https_proxy',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const

const LIST_TIMEOUT_MS = 60_000
const LIST_BYTES = 256 * 1024 * 1024

/** Header for a token that stands for a password, as GitHub and GitLab take it. */
export function basicAuthorization(user: string, token: string): string {
  return `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`
}

/**
 * The environment of one git process that speaks to a remote. The credential is a setting of that process alone, given by
 * variables: it stands in no argument and no file, and git sends it to this address only.
 */
export function remoteEnvironment(remote: Remote): Record<string, string> {
  const url = requireRemoteUrl(remote)
  const settings: [string, string][] = [
    ['credential.helper', ''],
    // See `followingMove`.
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', '1000'],
    ['http.lowSpeedTime', '60'],
    ['protocol.version', '2'],
    ...(remote.authorization === null
      ? []
      : [[`http.${url}.extraHeader`, `Authorization: ${remote.authorization}`] as [string, string]]),
  ]
  const env: Record<string, string> = {
    GIT_ALLOW_PROTOCOL: remote.insecure === true ? 'http:https' : 'https',
    GIT_CONFIG_COUNT: String(settings.length),
  }
  settings.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  })
  for (const name of NETWORK) {
    const value = process.env[name]
    if (value !== undefined && value !== '') env[name] = value
  }
  return env
}

function requireRemoteUrl({ url, insecure = false, authorization }: Remote): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  const isAllowed = parsed?.protocol === 'https:' || (insecure && parsed?.protocol === 'http:')
  if (!isAllowed || parsed.username !== '' || parsed.password !== '' || /[\s\0]/.test(url)) {
    throw new OptioError(
      'VALIDATION',
      'A remote repository is spoken to by an https address without a credential.',
    )
  }
  // A line break would begin a header of its own.
  if (authorization !== null && /[\r\n\0]/.test(authorization)) {
    throw new OptioError('VALIDATION', 'The credential contains a line break. Save it again without one.')
  }
  return url
}

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
