/** A request as the fake saw it. */
export interface SeenRequest {
  /** 1, 2, 3 … */
  readonly number: number
  readonly method: string
  /**
   * REST: without `/api/v3` (`/repos/acme/shop/pulls/1`); GraphQL: `/graphql`; git: `/acme/shop.git/git-receive-pack`. No query string.
   */
  readonly path: string
  /** The query string without its `?`; empty when there is none. */
  readonly search: string
  /** What it is part of. */
  readonly surface: 'rest' | 'graphql' | 'git' | 'web'
  /** Whose credential came with it; null without a (known) one. The credential itself is never kept. */
  readonly login: string | null
  /** It came with `If-None-Match` or `If-Modified-Since`. */
  readonly conditional: boolean
  /** The JSON that was sent; null when there was none. For GraphQL `{ query, variables, operationName }`. */
  readonly body: unknown
  /** When it came, in ms since 1970 by the clock of the fake. */
  readonly at: number
  /** What was answered; null while it is under way, and when the connection was dropped. */
  readonly status: number | null
  /** What it took from the rate limit: 1 for REST (0 for 304), points for GraphQL, 0 for git. */
  readonly cost: number
}

/**
 * Which requests are meant. Text is compared with `METHOD path` as a whole, where `*` stands for anything:
 * `'PUT *merge'`, `'POST /graphql'`, `'* *.git/git-receive-pack'`, `'*'`.
 */
export type RequestMatch = string | RegExp | ((request: SeenRequest) => boolean)

export interface Failure {
  readonly match: RequestMatch
  /** 500, 502, 503, 403, 429, … */
  readonly status: number
  /** How many requests fail; 1 unless told, `Infinity` until `clear()`. */
  readonly times?: number
  /** Text is sent as it is (`<html>…`), anything else as JSON; without it, GitHub's own for that status. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds in `Retry-After`. */
  readonly retryAfter?: number
}

/** A request that waits. */
export interface Pause {
  /** Resolves when a request has come to it; rejects after `timeoutMs` (10,000). */
  reached(timeoutMs?: number): Promise<SeenRequest>
  /** The request goes on, and so does every later one. */
  release(): void
  /** The connection is closed without an answer instead; later requests go on. */
  drop(): void
}

/** What goes wrong, on demand. REST, GraphQL and git alike. */
export interface Faults {
  /** Every answer comes this much later, in real ms. 0. */
  latencyMs: number
  /** The next `times` requests that match are answered with `status`; nothing is carried out, and no quota is used. */
  failNext(failure: Failure): void
  /** All that match, until `clear()`. */
  failAlways(match: RequestMatch, status: number): void
  /** The secondary rate limit: 403 with `Retry-After` (60 s unless told) for the next `times` (1) requests that match. */
  secondaryLimit(
    match: RequestMatch,
    options?: { retryAfter?: number; times?: number; status?: 403 | 429 },
  ): void
  /** The next `times` (1) requests that match ARE CARRIED OUT, and the connection is closed before the answer. */
  dropConnection(match: RequestMatch, times?: number): void
  /**
   * Holds the next request that matches. `after` (the default): it is carried out and its answer held; `before`: it is held and
   * carried out on release (not at all on `drop()`).
   */
  pauseAt(match: RequestMatch, when?: 'before' | 'after'): Pause
  /**
   * The next `times` (1) GraphQL answers are partial: the top-level fields (by alias; `*` as in RequestMatch) are null, with an error of that type.
   */
  partialGraphql(alias: string, options?: { times?: number; type?: string; message?: string }): void
  /** Ends all of the above, and lets go what is held. */
  clear(): void
}

/** Every request that came, oldest first, at most the last 100,000. */
export interface RequestLog extends Iterable<SeenRequest> {
  readonly length: number
  all(match?: RequestMatch): readonly SeenRequest[]
  count(match?: RequestMatch): number
  /** Rate-limit points spent by all requests since the start or the last `clear()`; of one resource or both. */
  pointsSpent(resource?: 'core' | 'graphql'): number
  /** Forgets what was; for counting from here on. */
  clear(): void
}
