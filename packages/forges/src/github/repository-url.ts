import { OptioError } from '@optio/contract'
import type { GithubAddresses } from './addresses.ts'

/** Hosts that are another's names. */
const ALIASES: Readonly<Record<string, string>> = {
  'www.github.com': 'github.com',
  'ssh.github.com': 'github.com',
}

/**
 * `owner/name` of an address on this server: https, ssh, or as scp takes it; with `.git` or a slash at its end. Throws an `OptioError` in
 * words for anything else: UNSUPPORTED for another server, VALIDATION for what is no address of a repository.
 */
export function fullNameOf(addresses: GithubAddresses, repoUrl: string): string {
  const { host, path } = partsOf(repoUrl)
  const server = new URL(addresses.serverUrl)
  if ((ALIASES[host] ?? host) !== hostOf(server, repoUrl)) {
    throw new OptioError(
      'UNSUPPORTED',
      `Optio speaks to the GitHub at ${server.host}, and the repository is on ${host}. Set GITHUB_API_URL for another server.`,
    )
  }
  const match = /^\/*([^/]+)\/([^/]+?)(?:\.git)?\/*$/i.exec(path)
  const [, owner = '', name = ''] = match ?? []
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(owner) || !/^[A-Za-z0-9._-]{1,100}$/.test(name) || /^\.+$/.test(name)) {
    throw new OptioError(
      'VALIDATION',
      `That is no address of a repository on GitHub. Write it as ${addresses.serverUrl}/owner/name.`,
    )
  }
  return `${owner}/${name}`
}

/** Whether an address names the server of this forge, in whatever form. */
export function isOnServer(addresses: GithubAddresses, repoUrl: string): boolean {
  try {
    const { host } = partsOf(repoUrl)
    return (ALIASES[host] ?? host) === hostOf(new URL(addresses.serverUrl), repoUrl)
  } catch {
    return false
  }
}

function partsOf(repoUrl: string): { host: string; path: string } {
  const address = repoUrl.trim()
  const scp = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!\/\/|\d+\/)([^\s]*)$/.exec(address)
  if (scp !== null) return { host: (scp[1] ?? '').toLowerCase(), path: scp[2] ?? '' }
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || !['https:', 'http:', 'ssh:'].includes(url.protocol)) {
    throw new OptioError(
      'VALIDATION',
      'That is no address of a repository. Write it as https://host/owner/name.',
    )
  }
  const isWeb = url.protocol !== 'ssh:'
  if (url.password !== '' || (isWeb && url.username !== '')) {
    throw new OptioError(
      'VALIDATION',
      'The address contains a credential. Leave it out, and save the token as the secret GITHUB_TOKEN.',
    )
  }
  return { host: (isWeb ? url.host : url.hostname).toLowerCase(), path: decodePath(url.pathname) }
}

/** The port of ssh says nothing about that of the pages. */
function hostOf(server: URL, repoUrl: string): string {
  return /^https?:/i.test(repoUrl.trim()) ? server.host : server.hostname
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
