import { OptioError } from '@optio/contract'
import { NoAnswer } from '../../no-answer.ts'
import type { GraphqlError } from '../http/client.ts'
import type { Place } from './document.ts'

/** GitHub did not manage this part of a question in its time: asked for with fewer others it may. */
export class NotManaged extends NoAnswer {}

/**
 * What the errors of an answer mean for one pull request, or null when none concerns it. An error concerns what is at its path and all
 * below it, and an error without a path everything: half an answer is none. Two exceptions: GitHub says by one that there is no such
 * pull request while it answers for the repository; and by others that this credential may not read single checks (fine-grained tokens
 * never may), which leaves those null and the rest as it is.
 */
export function errorFor(
  place: Place,
  errors: readonly GraphqlError[],
  answered: { readonly repository: boolean; readonly fullName: string; readonly number: number },
): Error | null {
  const concerning = errors.filter(({ path }) => {
    const [repository, pullRequest] = path
    if (repository === undefined) return true
    return repository === place.repository && (pullRequest === undefined || pullRequest === place.pullRequest)
  })
  const [first] = concerning.filter((error) => !isHiddenCheck(error))
  if (first === undefined) return null
  const unmanaged = concerning.find(isNotManaged)
  if (unmanaged !== undefined) {
    return new NotManaged('failing', `GitHub did not manage all that was asked for: ${words(unmanaged)}`)
  }
  const { fullName, number } = answered
  if (first.type === 'NOT_FOUND') {
    if (first.path.length === 2 && answered.repository && concerning.length === 1) {
      return new OptioError('PULL_REQUEST_NOT_FOUND', `${fullName} has no pull request #${number}.`)
    }
    if (first.path.length === 1) return notShown(fullName)
  }
  if (first.type === 'FORBIDDEN' || first.type === 'INSUFFICIENT_SCOPES') {
    return new NoAnswer(
      'credential',
      `GitHub lets this credential not read ${fullName}#${number}: ${words(first)}`,
    )
  }
  return new NoAnswer('failing', `GitHub answered only in part for ${fullName}#${number}: ${words(first)}`)
}

/** A repository the credential does not see, or that is gone: GitHub does not tell which. */
export function notShown(fullName: string): NoAnswer {
  return new NoAnswer(
    'credential',
    `GitHub does not show ${fullName} to this credential: the repository was deleted or moved, or the credential has no access to it.`,
  )
}

function isHiddenCheck({ type, path }: GraphqlError): boolean {
  return type === 'FORBIDDEN' && path[path.indexOf('contexts') + 1] === 'nodes' && path.includes('contexts')
}

function isNotManaged({ type, message }: GraphqlError): boolean {
  return type === 'RESOURCE_LIMITS_EXCEEDED' || NOT_MANAGED.test(message)
}

const NOT_MANAGED = /resource limits|timeout on validation|something went wrong while executing/i

function words({ message }: GraphqlError): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 300)
}
