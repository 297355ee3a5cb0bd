import { OptioError } from '@optio/contract'

/** A repository that is spoken to over HTTP. */
export interface Remote {
  /** Address for git, without any credential in it. */
  readonly url: string
  /** Value of the `Authorization` header; null goes without one. */
  readonly authorization: string | null
  /** Plain http is allowed: for servers of this machine alone. */
  readonly insecure?: boolean
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
