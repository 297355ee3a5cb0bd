import { classify, GitError, type GitFailureKind } from './failure.ts'

/** Patterns over what git and servers say under `LC_ALL=C`, first match wins. */
const PATTERNS: readonly (readonly [RegExp, GitFailureKind])[] = [
  [/No space left on device|Disk quota exceeded|out of disk space/i, 'no_space'],
  [/requested URL returned error: 429|rate limit/i, 'limited'],
  [
    /requested URL returned error: 401|Authentication failed for|could not read (Username|Password)|terminal prompts disabled|Invalid username or (password|token)/i,
    'unauthenticated',
  ],
  [
    /requested URL returned error: 403|Permission to .* denied|Write access to repository not granted/i,
    'forbidden',
  ],
  [/requested URL returned error: 404|Repository not found|repository '.*' not found/i, 'not_found'],
  [
    /requested URL returned error: 5\d\d|Could not resolve (host|proxy)|Failed to connect|Couldn't connect|Connection (refused|reset|timed out)|Recv failure|Send failure|Empty reply from server|Operation (too slow|timed out)|SSL|gnutls|early EOF|hung up unexpectedly|RPC failed|unexpected disconnect|bad line length|protocol error|unable to rewind rpc/i,
    'unreachable',
  ],
]

/** What a failed conversation with a server means. The disk of this machine, locks and limits of ours keep their own kinds. */
export function remoteFailure(error: unknown, subcommand: string): unknown {
  if (!(error instanceof GitError) || error.kind === 'locked' || error.kind === 'no_git') return error
  const { exitCode, stderr } = error
  const kind =
    error.kind === 'timeout'
      ? 'unreachable'
      : error.kind === 'aborted' || error.kind === 'output_limit'
        ? error.kind
        : (PATTERNS.find(([pattern]) => pattern.test(stderr))?.[1] ?? classify(stderr))
  return new GitError(kind, subcommand, { profile: 'own', exitCode, stderr, cause: error })
}
