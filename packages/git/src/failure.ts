import { type ErrorCode, OptioError } from '@optio/contract'
import type { GitProfile } from './environment.ts'

/** What went wrong, in the terms callers decide by. */
export type GitFailureKind =
  /** The path is not there. */
  | 'missing'
  | 'not_git'
  | 'corrupt'
  | 'dubious_ownership'
  | 'permission'
  /** Another git process holds a lock or moved a ref first; worth another try. */
  | 'locked'
  | 'no_space'
  | 'timeout'
  | 'aborted'
  /** The output grew beyond the stated bound. */
  | 'output_limit'
  /** git itself could not be started. */
  | 'no_git'
  /** A server wants another credential than the one it was given, or any at all. */
  | 'unauthenticated'
  /** A server knows the credential, and it may not do this. */
  | 'forbidden'
  /** A server has no such repository, or none that the credential may see. */
  | 'not_found'
  /** A server takes no more requests for a while. */
  | 'limited'
  /** There is no connection to a server, it broke off, or the server failed. */
  | 'unreachable'
  | 'failed'

/** Patterns over git's messages under `LC_ALL=C`, first match wins: a full disk explains what follows from it. */
const PATTERNS: readonly (readonly [RegExp, GitFailureKind])[] = [
  [/No space left on device|Disk quota exceeded|out of disk space/i, 'no_space'],
  [/detected dubious ownership/, 'dubious_ownership'],
  [
    /Unable to create '.*\.lock': File exists|cannot lock ref .*(is at|File exists|but expected)|could not lock config file|unable to lock/s,
    'locked',
  ],
  [
    /bad config|bad object|corrupt|missing (blob|tree|commit|object)|unable to read (tree|sha1|object)|invalid object|bad tree object|did not send all necessary objects|Could not read [0-9a-f]{40}|Failed to traverse parents|inflate: data stream error|bad signature|index file smaller|unable to parse/i,
    'corrupt',
  ],
  [/Permission denied/, 'permission'],
  [/not a git repository|does not appear to be a git repository/i, 'not_git'],
  [/No such file or directory|does not exist/, 'missing'],
]

const CODES: Partial<Record<GitFailureKind, ErrorCode>> = { no_space: 'DISK_FULL' }
const UPSTREAM_CODES: Partial<Record<GitFailureKind, ErrorCode>> = {
  no_space: 'DISK_FULL',
  missing: 'REPO_NOT_FOUND_ON_DISK',
  not_git: 'REPO_NOT_GIT',
  corrupt: 'REPO_CORRUPT',
  dubious_ownership: 'REPO_DUBIOUS_OWNERSHIP',
  permission: 'REPO_NOT_ACCESSIBLE',
}

/** Reads git's words. Exit status alone says nothing: git answers 128 to almost everything. */
export function classify(stderr: string): GitFailureKind {
  return PATTERNS.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'failed'
}

/** A git command failed. `code` is what HTTP answers with; `kind` is what programs decide by. */
export class GitError extends OptioError {
  readonly kind: GitFailureKind
  /** Exit status, null when a signal ended it. */
  readonly exitCode: number | null
  /** What git said, cut at 64 KiB. Holds paths: for logs and for kinds that are explained, not for strangers. */
  readonly stderr: string

  constructor(
    kind: GitFailureKind,
    subcommand: string,
    facts: { profile: GitProfile; exitCode: number | null; stderr: string; cause?: unknown },
  ) {
    const code = (facts.profile === 'upstream' ? UPSTREAM_CODES : CODES)[kind] ?? 'GIT'
    super(code, explain(kind, subcommand, facts.stderr), { cause: facts.cause })
    this.name = 'GitError'
    this.kind = kind
    this.exitCode = facts.exitCode
    this.stderr = facts.stderr
  }
}

function explain(kind: GitFailureKind, subcommand: string, stderr: string): string {
  switch (kind) {
    case 'no_space':
      return 'The disk is full: git could not write. Free some room; the work goes on by itself afterwards.'
    case 'no_git':
      return 'git could not be started. Install git 2.38 or newer and make sure that it is on the PATH of Optio.'
    case 'timeout':
      return `git ${subcommand} took longer than it may and was stopped.`
    case 'aborted':
      return `git ${subcommand} was stopped.`
    case 'output_limit':
      return `git ${subcommand} printed more than it may and was stopped.`
    case 'unauthenticated':
      return 'The server does not accept the credential it was asked with. Give one that works.'
    case 'forbidden':
      return `The credential may not do this: ${firstComplaint(stderr)}`
    case 'not_found':
      return 'The server has no such repository, or the credential may not see it.'
    case 'limited':
      return 'The server takes no more requests for a while.'
    case 'unreachable':
      return `The server could not be reached, or did not answer to the end: ${firstComplaint(stderr)}`
    case 'dubious_ownership':
      return `The repository belongs to another user, and git refuses to use it. ${ownershipRemedy(stderr)}`
    default:
      return `git ${subcommand} failed: ${firstComplaint(stderr)}`
  }
}

/** The commands that git itself names as the remedy; they are the same for a person as for Optio. */
function ownershipRemedy(stderr: string): string {
  const command = /git config --global --add safe\.directory ('(?:[^']|'\\'')*'|\S+)/.exec(stderr)?.[0]
  return command === undefined
    ? 'Make the user that runs Optio its owner.'
    : `If you trust it, run this as the user that runs Optio: ${command}`
}

/** The line of git's output that says what was wrong, without its prefixes. */
export function firstComplaint(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^remote:\s*/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('hint:'))
  const line = lines.find((each) => /^(fatal|error):/.test(each)) ?? lines[0] ?? 'it gave no reason'
  return line.replace(/^(fatal|error):\s*/, '').slice(0, 500)
}
