import { GitError } from '@optio/git'
import { NoAnswer } from '../no-answer.ts'

/** How long to wait when a server says nothing about it, milliseconds. */
const LIMITED_MS = 60_000

/**
 * What a failed conversation with GitHub over git means: what a person has to mend in the credential, or what passes. What is wrong with
 * this machine (a full disk, git itself) stays what it is.
 */
export function gitFailure(error: unknown, fullName: string, now: number): unknown {
  if (!(error instanceof GitError)) return error
  const cause = error
  switch (error.kind) {
    case 'unauthenticated':
      return new NoAnswer(
        'credential',
        `GitHub does not accept the token for ${fullName}. Save one that works as the secret GITHUB_TOKEN (Settings → Secrets).`,
        { cause },
      )
    case 'forbidden':
      return new NoAnswer(
        'credential',
        `The token may not do this in ${fullName}: ${complaint(error)}. It needs Contents: write.`,
        { cause },
      )
    case 'not_found':
      return new NoAnswer(
        'credential',
        `GitHub shows no repository ${fullName} to this credential: it was deleted or moved, or the token has no access to it.`,
        { cause },
      )
    case 'limited':
      return new NoAnswer('limited', `GitHub takes no more git requests for a while.`, {
        cause,
        retryAt: now + LIMITED_MS,
      })
    case 'unreachable':
      return new NoAnswer('unreachable', `${error.message}`, { cause })
    default:
      return error
  }
}

function complaint(error: GitError): string {
  return error.message.replace(/\.$/, '').slice(0, 300)
}
