import { OptioError } from '@optio/contract'

/** Where a GitHub is. None of them ends with a slash. */
export interface GithubAddresses {
  /** Root of the REST API. */
  readonly apiUrl: string
  readonly graphqlUrl: string
  /** Pages and git. */
  readonly serverUrl: string
}

const PUBLIC_API = 'https://api.github.com'
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The addresses of github.com, or of the server that `GITHUB_API_URL` (and, where the two differ, `GITHUB_SERVER_URL`) names.
 * Throws CONFIG for what is no address, or one without TLS that leaves this machine.
 */
export function githubAddresses(env: Readonly<Record<string, string | undefined>>): GithubAddresses {
  const apiUrl = addressOf('GITHUB_API_URL', env.GITHUB_API_URL) ?? PUBLIC_API
  const serverUrl = addressOf('GITHUB_SERVER_URL', env.GITHUB_SERVER_URL) ?? serverOf(apiUrl)
  return { apiUrl, serverUrl, graphqlUrl: graphqlOf(apiUrl) }
}

function addressOf(name: string, value: string | undefined): string | null {
  if (value === undefined || value.trim() === '') return null
  let url: URL
  try {
    url = new URL(value.trim())
  } catch {
    throw new OptioError('CONFIG', `${name} is no address. Write it as https://host/api/v3.`)
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new OptioError('CONFIG', `${name} is an address only: no credential, no query, no fragment.`)
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    throw new OptioError('CONFIG', `${name} must begin with https://; http is for this machine alone.`)
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** A server of one's own has its API at `/api/v3`; github.com and those with data residency at `api.<host>`. */
function serverOf(apiUrl: string): string {
  const url = new URL(apiUrl)
  if (url.pathname === '/api/v3') return url.origin
  return url.hostname.startsWith('api.') ? `${url.protocol}//${url.host.slice('api.'.length)}` : url.origin
}

function graphqlOf(apiUrl: string): string {
  return apiUrl.endsWith('/api/v3') ? `${apiUrl.slice(0, -'/v3'.length)}/graphql` : `${apiUrl}/graphql`
}

/** Whether an address leads to this machine. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.has(url.hostname)
}
