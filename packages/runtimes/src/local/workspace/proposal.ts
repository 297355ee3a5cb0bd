import { OptioError } from '@optio/contract'
import { GitError, git, gitText, requireBranchName, resolveCommit, retryLocked, updateRefs } from '@optio/git'
import { readBranch, readHead, UnreadableClone } from './clone-refs.ts'
import { cloneGitDir, openCloneView } from './clone-view.ts'
import { nameCoAuthor } from './co-author.ts'
import type { CoAuthor } from './co-author-trailer.ts'
import { runRefs } from './run-refs.ts'
import type { Proposal } from './workspace.ts'

const FETCH_TIMEOUT_MS = 15 * 60_000

/* Sloppiness that other tools commit and that harms nobody; everything else that fsck names as an error is refused. */
const TOLERATED = ['zeroPaddedFilemode', 'badTimezone', 'missingSpaceBeforeDate', 'missingEmail']

/** Failures that are not the clone's fault, and say nothing about the agent's work. */
const NOT_THE_CLONE = new Set(['no_space', 'locked', 'timeout', 'no_git'])

export interface CollectRequest {
  readonly runId: string
  readonly branch: string
  readonly baseRef: string
  readonly clone: string
  readonly mirrorDir: string
  readonly scratch: string
  /** Named in the new commits of the agent; left out for none. */
  readonly coAuthor?: CoAuthor
  readonly agentEmails: readonly string[]
}

/**
 * Brings what the agent committed into the mirror: the run's branch, or HEAD when that holds more (the agent has renamed
 * its branch or works detached). Throws `BRANCH_NOT_FOUND` when the base is gone from the mirror.
 */
export async function collectProposal(request: CollectRequest): Promise<Proposal> {
  requireBranchName(request.branch)
  const base = `refs/heads/${requireBranchName(request.baseRef)}`
  const baseSha = await resolveCommit(request.mirrorDir, base)
  if (baseSha === null) {
    throw new OptioError('BRANCH_NOT_FOUND', `The repository has no branch ${request.baseRef} any more.`)
  }
  const { candidates, unreadable } = await fetchWork(request)
  const [first, second] = candidates
  if (first === undefined) return { headSha: null, baseSha, commitsAhead: 0, unreadable }
  const holdsMore =
    second !== undefined && (await newCommits(request, second)) > (await newCommits(request, first))
  const collectedSha = holdsMore ? second : first
  const headSha = await withCoAuthor(request, collectedSha)
  const ahead = await countCommits(request.mirrorDir, [headSha, `^${baseSha}`])
  await updateRefs(request.mirrorDir, {
    [runRefs.proposal(request.runId, request.branch)]: headSha,
    // The clone may still name it: then it is no work that exists only there.
    ...(headSha === collectedSha ? {} : { [runRefs.collected(request.runId, collectedSha)]: collectedSha }),
  })
  await dropIncoming(request)
  return {
    headSha,
    ...(headSha === collectedSha ? {} : { collectedSha }),
    baseSha,
    commitsAhead: ahead,
    unreadable: null,
  }
}

async function withCoAuthor(request: CollectRequest, headSha: string): Promise<string> {
  const { coAuthor, mirrorDir, branch, agentEmails } = request
  return coAuthor === undefined
    ? headSha
    : await nameCoAuthor({ mirrorDir, headSha, branch, coAuthor, agentEmails })
}

/** Commits that no branch of the upstream has but the run's own: an agent may leave HEAD on somebody else's branch. */
async function newCommits(request: CollectRequest, sha: string): Promise<number> {
  const others = ['--not', `--exclude=${request.branch}`, '--branches']
  return await countCommits(request.mirrorDir, [sha, ...others])
}

async function countCommits(mirrorDir: string, revisions: readonly string[]): Promise<number> {
  const own = { cwd: mirrorDir, gitDir: mirrorDir }
  return Number(await gitText(['rev-list', '--count', ...revisions], own))
}

/**
 * Fetches the run's branch and HEAD of a clone into `refs/optio/incoming/<run>/*` of the mirror, where `dropIncoming` ends
 * them. Answers the commits that arrived whole, the branch first.
 */
export async function fetchWork(
  request: Pick<CollectRequest, 'runId' | 'branch' | 'clone' | 'mirrorDir' | 'scratch'>,
): Promise<{ candidates: string[]; unreadable: string | null }> {
  const problems: string[] = []
  const note = (error: unknown): null => {
    if (!(error instanceof UnreadableClone)) throw error
    problems.push(error.message)
    return null
  }
  const gitDir = await cloneGitDir(request.clone).catch(note)
  if (gitDir === null) return { candidates: [], unreadable: problems.join('; ') }
  const branch = await readBranch(gitDir, request.branch).catch(note)
  const head = await readHead(gitDir).catch(note)
  const refs: Record<string, string> = {}
  if (branch !== null) refs.branch = branch
  if (head !== null && head !== branch) refs.head = head
  const view = await openCloneView({ ...request, refs }).catch(note)
  if (view === null) return { candidates: [], unreadable: problems.join('; ') }
  const candidates: string[] = []
  try {
    for (const [name, sha] of Object.entries(refs)) {
      try {
        await fetchOne(request, view.gitDir, name)
        candidates.push(sha)
      } catch (error) {
        if (!(error instanceof GitError) || NOT_THE_CLONE.has(error.kind)) throw error
        problems.push(error.message)
      }
    }
  } finally {
    await view.dispose()
  }
  if (candidates.length === 0 && problems.length === 0) problems.push('it has no commit')
  return { candidates, unreadable: problems.length === 0 ? null : problems.join('; ') }
}

export async function dropIncoming(request: { runId: string; mirrorDir: string }): Promise<void> {
  const names = ['branch', 'head'].map((name) => runRefs.incoming(request.runId, name))
  await updateRefs(request.mirrorDir, Object.fromEntries(names.map((name) => [name, null])))
}

async function fetchOne(
  request: { runId: string; mirrorDir: string },
  source: string,
  name: string,
): Promise<void> {
  const own = { cwd: request.mirrorDir, gitDir: request.mirrorDir, timeoutMs: FETCH_TIMEOUT_MS }
  await retryLocked(request.mirrorDir, () =>
    git(
      [
        '-c',
        'fetch.fsckObjects=true',
        ...TOLERATED.flatMap((message) => ['-c', `fetch.fsck.${message}=ignore`]),
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        '--no-auto-maintenance',
        '--end-of-options',
        source,
        `+refs/heads/${name}:${runRefs.incoming(request.runId, name)}`,
      ],
      own,
    ),
  )
}
