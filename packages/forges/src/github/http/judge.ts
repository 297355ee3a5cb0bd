import { NoAnswer } from '../../no-answer.ts'
import type { GithubCredential } from '../credential.ts'
import type { Account } from './accounts.ts'
import { refusalOf } from './client.ts'
import type { Received } from './transport.ts'

/**
 * Learns the limits from what came back and throws `NoAnswer` when it is no answer: a limit, a credential that is refused, an error of
 * GitHub's own, or a page of something between. What GitHub refuses in words of its own is an answer.
 */
export function judge(account: Account, resource: 'core' | 'graphql', answer: Received): void {
  const { status, headers, data } = answer
  const { message } = refusalOf(data)
  account.limits.learn(resource, headers)
  const limit = account.limits.limitOf(resource, { status, headers, message })
  if (limit !== null) throw limit
  account.limits.eased()
  if (status === 401) throw refusedCredential(account.credential, message)
  // That there is no GraphQL may be said by whatever stands in front of the server.
  if (resource === 'graphql' && (status === 404 || status === 501)) return
  if (status >= 500) {
    throw new NoAnswer('failing', `GitHub answered with an error of its own (${status}).`)
  }
  // What is no JSON comes as text: half an answer, or the page of a proxy, whose 404 says nothing about GitHub.
  const isText = typeof data === 'string' && data !== ''
  if (isText || (status >= 400 && (typeof data !== 'object' || data === null))) {
    throw new NoAnswer('failing', `GitHub answered ${status} with something that is not JSON.`)
  }
}

/** What a token that is refused means, and what to do. */
export function refusedCredential(credential: GithubCredential, message: string): NoAnswer {
  const remedy =
    credential.source === 'environment'
      ? 'Start Optio again with one that works in the environment variable GITHUB_TOKEN, or save it as the secret GITHUB_TOKEN'
      : 'Save one that works as the secret GITHUB_TOKEN'
  const said = message === '' ? '' : ` (“${message.slice(0, 100)}”)`
  return new NoAnswer(
    'credential',
    `GitHub does not accept the token${said}. ${remedy} (Settings → Secrets).`,
  )
}
