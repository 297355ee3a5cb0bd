import { setTimeout as sleep } from 'node:timers/promises'
import type { PullRequestObservation } from '@optio/core'
import type { Answered, AskedFor, RepositoryRef } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, GraphqlNotServed, type Priority } from '../http/client.ts'
import { createRepositoryIdentity, type RepositoryIdentity } from '../identity.ts'
import { createLogReader } from '../logs/index.ts'
import { askByGraphql, type BatchSize, createBatchSize, type Found } from './ask.ts'
import { createAwaitedReader } from './awaited.ts'
import { completed, type Readers } from './besides.ts'
import { createConflictReader } from './conflicts.ts'
import { createLateReadings } from './in-time.ts'
import { revisionOf } from './observation.ts'
import { askByRest } from './rest.ts'
import { createRulesReader } from './rules.ts'
import { createWriterReader } from './writers.ts'

export interface ObserverOptions {
  /** Brings the mirror of a repository up to date. */
  readonly refreshMirror: (repository: RepositoryRef) => Promise<void>
  readonly identity?: RepositoryIdentity
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** GitHub finds out whether a pull request can be merged when it is asked: how long after that it is asked again; default 1500. */
  readonly unknownRetryMs?: number
  /** How long what belongs to one pull request may hold up the answers of many, milliseconds; default 30,000. */
  readonly detailsMs?: number
  /** How long checks are waited for that may not be seen to have begun, milliseconds; default 120,000. */
  readonly checksGraceMs?: number
}

/** Reads pull requests of GitHub. */
export interface GithubObserver {
  /** Throws PULL_REQUEST_NOT_FOUND when there is none in a repository that answers; anything else is no answer. */
  observe(
    repository: RepositoryRef,
    number: number,
    options?: { readonly previous?: PullRequestObservation | null; readonly priority?: Priority },
  ): Promise<PullRequestObservation>

  /** Of many at once, one request for fifty with the same credential; see `Forge.observeMany`. */
  observeMany(asked: readonly AskedFor[]): Promise<readonly Answered[]>
}

/** A server that served no GraphQL is asked for it again after this. */
const REST_MS = 10 * 60_000

const DETAILS_MS = 30_000

const NOT_ASKED = new NoAnswer('failing', 'GitHub was not asked.')

export function createObserver(client: GithubClient, options: ObserverOptions): GithubObserver {
  const now = options.now ?? Date.now
  const time = { limitMs: options.detailsMs ?? DETAILS_MS, now }
  const late = createLateReadings<PullRequestObservation>(time)
  const readers: Readers = {
    client,
    now,
    rules: createRulesReader(client, now),
    logs: createLogReader(client),
    awaited: createAwaitedReader(client, now, options.checksGraceMs),
    conflicts: createConflictReader(options.refreshMirror, time),
    writers: createWriterReader(client, now),
  }
  const identity = options.identity ?? createRepositoryIdentity(client)
  const retryMs = options.unknownRetryMs ?? 1500
  const sizes = new Map<string, BatchSize>()
  let restUntil = 0

  /** All with the credential of the first. */
  const find = async (
    key: string,
    asked: readonly AskedFor[],
    priority: Priority,
  ): Promise<readonly Found[]> => {
    const [first] = asked
    if (first === undefined) return []
    if (now() >= restUntil) {
      try {
        const size = sizes.get(key) ?? createBatchSize()
        sizes.set(key, size)
        const about = aboutOf(first.repository)
        return await askByGraphql({ client, about, priority, identity }, asked, size)
      } catch (error) {
        if (!(error instanceof GraphqlNotServed)) return asked.map(() => ({ error }))
        restUntil = now() + REST_MS
      }
    }
    return await Promise.all(asked.map((one) => askByRest(client, one, priority, identity)))
  }

  const findKnowing = async (
    key: string,
    asked: readonly AskedFor[],
    priority: Priority,
  ): Promise<readonly Found[]> => {
    const all = await find(key, asked, priority)
    const unknown = all.flatMap((one, i) => (isUnknown(one) ? [i] : []))
    if (unknown.length === 0) return all
    await sleep(retryMs)
    const again = await find(
      key,
      unknown.flatMap((i) => asked[i] ?? []),
      priority,
    )
    // What is not answered now was answered before.
    const better = new Map(unknown.map((i, at) => [i, again[at]]))
    return all.map((one, i) => {
      const second = better.get(i)
      return second !== undefined && 'found' in second ? second : one
    })
  }

  const answer = async (
    key: string,
    asked: readonly AskedFor[],
    priority: Priority,
  ): Promise<readonly Answered[]> => {
    const all = await findKnowing(key, asked, priority)
    return await Promise.all(
      asked.map(async (one, i): Promise<Answered> => {
        const found = all[i]
        if (found === undefined) return { error: NOT_ASKED }
        if ('error' in found) return found
        try {
          const read = async () => await completed(readers, one, found.found, priority)
          if (priority === 'person') return { observation: await read() }
          const { workspaceId, id } = one.repository
          const observation = await late(
            `${workspaceId} ${id} ${one.number} ${revisionOf(found.found)}`,
            read,
          )
          return { observation: { ...observation, observedAt: now() } }
        } catch (error) {
          return { error }
        }
      }),
    )
  }

  return {
    observe: async (repository, number, { previous = null, priority = 'person' } = {}) => {
      const key = await client.credentialKey(aboutOf(repository))
      const [answered] = await answer(key, [{ repository, number, previous }], priority)
      if (answered === undefined) throw NOT_ASKED
      if ('error' in answered) throw answered.error
      return answered.observation
    },
    observeMany: async (asked) => {
      const keys = await Promise.all(asked.map((one) => keyOf(client, one)))
      const answers: Answered[] = keys.map((key) => ({ error: 'error' in key ? key.error : NOT_ASKED }))
      const groups = new Map<string, number[]>()
      for (const [i, found] of keys.entries()) {
        if ('key' in found) groups.set(found.key, [...(groups.get(found.key) ?? []), i])
      }
      await Promise.all(
        [...groups].map(async ([key, places]) => {
          const group = places.flatMap((i) => asked[i] ?? [])
          const answered = await answer(key, group, 'background')
          for (const [at, i] of places.entries()) answers[i] = answered[at] ?? { error: NOT_ASKED }
        }),
      )
      return answers
    },
  }
}

function isUnknown(one: Found): boolean {
  return 'found' in one && one.found.state === 'open' && one.found.mergeable === null
}

async function keyOf(
  client: GithubClient,
  { repository }: AskedFor,
): Promise<{ readonly key: string } | { readonly error: unknown }> {
  try {
    return { key: await client.credentialKey(aboutOf(repository)) }
  } catch (error) {
    return { error }
  }
}
