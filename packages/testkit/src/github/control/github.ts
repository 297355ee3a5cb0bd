import type { NewToken, NewUser } from './account.ts'
import type { Faults, RequestLog } from './faults.ts'
import type { FakeRepository, NewRepository } from './repository.ts'
import type { Webhooks } from './webhooks.ts'

export interface FakeGithubOptions {
  /** 0, the default: any free one. */
  readonly port?: number
  /** Points an hour of each user. Core 5,000, GraphQL 5,000; without a credential 60. */
  readonly limits?: { readonly core?: number; readonly graphql?: number }
  /** For all repositories that do not say otherwise; see `NewRepository`. False. */
  readonly lazyMergeability?: boolean
  /** False: `/api/graphql` is not there (404), as where it is switched off. */
  readonly graphql?: boolean
}

/** The time the fake lives in: real time, plus what it was moved by. Rate limits, checks, tokens and dates go by it. */
export interface FakeClock {
  /** Milliseconds since 1970. */
  now(): number
  /** Moves it forward; resolves when all that became due has happened. */
  advance(ms: number): Promise<void>
}

/** A whole GitHub on one loopback address; see the top of this package's entry. */
export interface FakeGithub {
  /** Web and git, and the base of all else: `http://127.0.0.1:<port>`. */
  readonly url: string
  /** `<url>/api/v3`: what `GITHUB_API_URL` is set to. */
  readonly apiUrl: string
  readonly graphqlUrl: string
  readonly clock: FakeClock
  readonly faults: Faults
  readonly requests: RequestLog
  readonly webhooks: Webhooks

  /** Users come about by being named; this is for those with a type or a name of their own. */
  createUser(user: NewUser): void
  createRepository(repository: NewRepository): Promise<FakeRepository>
  /** By full name, current or former. Throws when there is none. */
  repository(fullName: string): FakeRepository
  repositories(): readonly FakeRepository[]

  /** Answers the token: `ghp_…` (classic) or `github_pat_…` (fine-grained). */
  createToken(token: NewToken): string
  /** From now on 401 “Bad credentials”. */
  revokeToken(token: string): void
  /** Undoes the revocation. */
  restoreToken(token: string): void

  /** What is left of a user's quota is set; `resetInMs` is when it is full again (3,600,000 at most). */
  setRemaining(login: string, resource: 'core' | 'graphql', remaining: number, resetInMs?: number): void

  /** Ends it and removes its repositories; what is held is let go without an answer. */
  close(): Promise<void>
}
