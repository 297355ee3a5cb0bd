import { OptioError } from '@optio/contract'
import { NoAnswer } from '../no-answer.ts'
import { type RestAnswer, refusalOf } from './http/client.ts'

/** GitHub's words about a request it refused, in one line. */
export function wordsOf(data: unknown): string {
  const { message, errors } = refusalOf(data)
  const said = [message, ...errors].filter((words) => words !== '').join(': ')
  return said.replace(/\s+/g, ' ').trim().slice(0, 400)
}

/** What GitHub calls too quick it takes some minutes later. */
const TOO_QUICK_MS = 3 * 60_000

/** The `NoAnswer` (`limited`) of a text GitHub did not take because Optio wrote others right before; null when it says something else. */
export function submittedTooQuickly(said: string): NoAnswer | null {
  if (!/submitted too quickly/i.test(said)) return null
  return new NoAnswer('limited', 'GitHub takes no more texts from this account for some minutes.', {
    retryAt: Date.now() + TOO_QUICK_MS,
  })
}

/**
 * The error of a request that GitHub did not carry out. A permission that is missing is `NoAnswer` (`credential`): once a person has
 * given it, the work goes on by itself. What GitHub refuses for other reasons it would refuse the next time as well.
 *
 * @param what was to be done, as in "GitHub did not …".
 * @param permission it needs, as GitHub's pages name it.
 */
export function refusedBy(answer: RestAnswer<unknown>, what: string, permission: string): Error {
  const { status, data } = answer
  const said = wordsOf(data)
  const quoted = said === '' ? '' : `: “${said}”`
  if (status === 403)
    return new NoAnswer('credential', `GitHub did not ${what}${quoted}. ${remedy(answer, permission)}`)
  if (status === 404) {
    return new NoAnswer(
      'credential',
      `GitHub did not ${what}, as if it were not there. If it is, the token may not do it: it needs ${permission}.`,
    )
  }
  if (status === 409 || status === 410 || status === 422) {
    const later = status === 422 ? submittedTooQuickly(said) : null
    if (later !== null) return later
    return new OptioError('CONFLICT', `GitHub did not ${what} (${status})${quoted}.`)
  }
  return new NoAnswer('failing', `GitHub did not ${what}: it answered ${status}${quoted}.`)
}

function remedy({ headers, data }: RestAnswer<unknown>, permission: string): string {
  if (/archived/i.test(wordsOf(data))) return 'Unarchive the repository, or cancel the task.'
  if (headers['x-github-sso'] !== undefined) {
    return 'The organization wants the token to be authorized for its single sign-on: do that on GitHub, at the token.'
  }
  const accepted = permissionsOf(headers['x-accepted-github-permissions'])
  return `The token needs ${accepted.length === 0 ? permission : accepted.join(', ')}.`
}

/** `pull_requests=write,contents=read; …` as GitHub's pages write it: the first set that would do. */
export function permissionsOf(header: string | undefined): string[] {
  return (header ?? '')
    .split(';')[0]
    ?.split(',')
    .map((each) => each.trim().split('='))
    .flatMap(([name = '', level = '']) => (name === '' ? [] : [`${capital(name)}: ${level}`])) as string[]
}

function capital(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
