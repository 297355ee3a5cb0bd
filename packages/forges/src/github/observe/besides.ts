import type { PullRequestObservation, ReviewThread } from '@optio/core'
import type { AskedFor } from '../../forge.ts'
import { aboutOf } from '../about.ts'
import type { Asking } from '../graphql/pages.ts'
import { threadComments } from '../graphql/pages.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import type { LogReader } from '../logs/index.ts'
import { fields, fieldsOrNull, textOrNull } from '../shape.ts'
import type { AwaitedReader } from './awaited.ts'
import type { ConflictReader } from './conflicts.ts'
import type { FoundPullRequest } from './found.ts'
import { observationOf, sameThreads, threadOf } from './observation.ts'
import { NO_RULES, type RulesReader } from './rules.ts'
import type { WriterReader } from './writers.ts'

export interface Readers {
  readonly client: GithubClient
  readonly rules: RulesReader
  readonly logs: LogReader
  readonly awaited: AwaitedReader
  readonly conflicts: ConflictReader
  readonly writers: WriterReader
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Of so many threads it is read what was said in them. */
const MAX_THREADS = 100

/** Asks for what belongs to an observation besides the pull request; what was known of the same state before is not asked for again. */
export async function completed(
  readers: Readers,
  asked: AskedFor,
  found: FoundPullRequest,
  priority: Priority,
): Promise<PullRequestObservation> {
  const { repository, previous } = asked
  const login = await readers.client.login(aboutOf(repository))
  const now = readers.now()
  const reviewers = await readers.writers.read(repository, found.reviews, priority)
  if (found.state !== 'open') {
    return observationOf(found, {
      rules: NO_RULES,
      logs: new Map(),
      awaited: [],
      threads: [],
      conflictFiles: [],
      endedBy: found.state === 'merged' ? found.mergedBy : await closerOf(readers, asked, priority),
      login,
      writers: reviewers,
      now,
    })
  }
  const rules = await readers.rules.read(repository, found.baseRef, priority)
  const [logs, awaited, threads, conflictFiles] = await Promise.all([
    readers.logs.read(repository, found.checks, rules, previous, priority),
    readers.awaited.read(repository, found, priority),
    threadsOf(readers, asked, found, login, priority),
    found.mergeable === false ? readers.conflicts.files(repository, found.headSha, found.baseSha) : [],
  ])
  return observationOf(found, {
    rules,
    logs,
    awaited,
    threads,
    conflictFiles,
    endedBy: null,
    login,
    writers: reviewers,
    now,
  })
}

async function threadsOf(
  readers: Readers,
  { repository, previous }: AskedFor,
  found: FoundPullRequest,
  login: string | null,
  priority: Priority,
): Promise<readonly ReviewThread[]> {
  if (found.threads.length === 0) return []
  if (previous?.threads !== undefined && sameThreads(found, previous.revision)) return previous.threads
  const asking: Asking = { client: readers.client, about: aboutOf(repository), priority }
  const threads = found.threads.slice(-MAX_THREADS)
  const unread = threads.filter(({ comments }) => comments === null).map(({ id }) => id)
  const said = unread.length === 0 ? new Map() : await threadComments(asking, unread)
  // One that is gone meanwhile has nothing to say.
  const read = threads.map((thread) => ({ thread, comments: thread.comments ?? said.get(thread.id) ?? [] }))
  const writers = await readers.writers.read(
    repository,
    read.flatMap(({ comments }) => comments),
    priority,
  )
  return read
    .filter(({ comments }) => comments.length > 0)
    .map(({ thread, comments }) => threadOf(thread, comments, { login, writers }))
}

/** Who closed it without merging; null when GitHub does not say. */
async function closerOf(
  { client }: Readers,
  { repository, number, previous }: AskedFor,
  priority: Priority,
): Promise<string | null> {
  if (previous?.state === 'closed' && previous.endedBy !== undefined) return previous.endedBy
  const { status, data } = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'issues', number),
    priority,
    about: aboutOf(repository),
  })
  if (status !== 200) return null
  const by = fieldsOrNull(fields(data, 'an issue').closed_by, 'a person')
  return by === null ? null : textOrNull(by, 'login')
}
