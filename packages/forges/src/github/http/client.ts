import type { ForgeLimit } from '../../forge.ts'
import type { GithubAddresses } from '../addresses.ts'

/**
 * Who waits for an answer. Of every limit a share is kept for people: below it only what a `person` waits for is sent, and anything
 * else is `NoAnswer` (`limited`) until the limit is full again.
 */
export type Priority = 'person' | 'background'

/** Whose credential a request goes with. */
export interface About {
  readonly workspaceId: string
  readonly repositoryId: string | null
}

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the root of the API, from the first slash on, each part encoded: see `repositoryPath`. No query. */
  readonly path: string
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Default `application/vnd.github+json`. */
  readonly accept?: string
  readonly priority: Priority
  readonly about: About
  /** Most bytes of the answer; more is `NoAnswer`. Default 8 MiB. */
  readonly maxBytes?: number
  /**
   * Doing it twice comes to the same as doing it once, so that it is sent again when no answer came. Default: GET, PUT and DELETE
   * are, POST and PATCH are not.
   */
  readonly idempotent?: boolean
  /**
   * Of GET: the mark of an answer the caller keeps itself; the same again is answered as 304 without data. Left out, answers are kept
   * here (as many as fit), and what has not changed costs nothing of the limit either way.
   */
  readonly etag?: string
}

export interface RestAnswer<T> {
  /** 2xx, 304 (only with an `etag` of the caller's), 404, 409, 422 …; never 401, 429, 5xx, or a 403 that is a limit. */
  readonly status: number
  /**
   * Of a 2xx what was asked for; of a 4xx GitHub's `{ message, errors?, documentation_url? }`; null when there was no content.
   * It is what a program elsewhere says: the type is a claim, and what matters is looked at before it is used.
   */
  readonly data: T
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** It is what it was the last time: GitHub answered 304. */
  readonly notModified: boolean
}

/** Why GitHub did not do a request, in its words; see `refusalOf`. */
export interface GithubRefusal {
  readonly message: string
  /** Of each single error what it says, or its code. */
  readonly errors: readonly string[]
}

export interface GraphqlError {
  /** `NOT_FOUND`, `FORBIDDEN`, …; null when it has none. */
  readonly type: string | null
  readonly message: string
  /** Aliases and fields from the top on; empty when it concerns all of it. */
  readonly path: readonly (string | number)[]
}

export interface GraphqlAnswer<T> {
  /** Beside errors it is partial: what they concern is null, and is no answer. */
  readonly data: T
  readonly errors: readonly GraphqlError[]
}

export interface TextRequest {
  readonly path: string
  readonly priority: Priority
  readonly about: About
  /** The last bytes that are kept of it. What comes before them is read and dropped, up to 64 MiB. */
  readonly tailBytes: number
}

export interface TextAnswer {
  /** 200, or 4xx: then `text` is empty. */
  readonly status: number
  readonly text: string
  /** Something came before it. */
  readonly truncated: boolean
}

/**
 * GitHub's API, asked politely: at most 8 requests at a time for each credential, writes one by one and a second apart; limits are
 * known from every answer and obeyed, `Retry-After` too. Nothing is sent again that may have been carried out, unless it is idempotent.
 *
 * Every method throws `NoAnswer` when there is none: no credential or one that is refused (401), a limit, no connection, 5xx, or
 * something that cannot be read. Its message is for people and has no secret in it.
 */
export interface GithubClient {
  readonly addresses: GithubAddresses

  rest<T>(request: RestRequest): Promise<RestAnswer<T>>

  /** Text such as the log of a job, which is fetched from where GitHub sends one to, without the credential. */
  text(request: TextRequest): Promise<TextAnswer>

  /**
   * One document. A mutation is a write, and is never sent twice. Throws `GraphqlNotServed` where there is no GraphQL, and `NoAnswer`
   * when the answer has no data at all.
   */
  graphql<T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    about: About,
    priority: Priority,
  ): Promise<GraphqlAnswer<T>>

  /** Whose credential it is; null when it is nobody's (that of an app). Asked once for each credential. */
  login(about: About): Promise<string | null>

  /** The first 12 characters of the hash of the credential: requests with the same one share its limits. */
  credentialKey(about: About): Promise<string>

  /** As GitHub last said. */
  limits(): readonly ForgeLimit[]
}

/** There is no GraphQL at this server (404 or 501): ask with REST. */
export class GraphqlNotServed extends Error {
  constructor() {
    super('This GitHub serves no GraphQL.')
    this.name = 'GraphqlNotServed'
  }
}

/** `/repos/<owner>/<name>/…`, each part encoded. */
export function repositoryPath(
  repository: { readonly fullName: string },
  ...parts: readonly (string | number)[]
): string {
  return `/repos/${[...repository.fullName.split('/'), ...parts].map((part) => encodeURIComponent(part)).join('/')}`
}

/** What a refused request says about it. */
export function refusalOf(data: unknown): GithubRefusal {
  const { message, errors } = (typeof data === 'object' && data !== null ? data : {}) as {
    message?: unknown
    errors?: unknown
  }
  const list = Array.isArray(errors) ? errors : errors === undefined ? [] : [errors]
  return {
    message: typeof message === 'string' ? message : '',
    errors: list.map(errorWords).filter((words) => words !== ''),
  }
}

function errorWords(error: unknown): string {
  if (typeof error === 'string') return error
  const { message, code, field } = (error ?? {}) as { message?: unknown; code?: unknown; field?: unknown }
  if (typeof message === 'string') return message
  return [field, code].filter((part) => typeof part === 'string').join(' ')
}
