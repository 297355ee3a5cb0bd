import type { z } from 'zod'

/** What a caller may do; a later issue gives them to roles. `public` needs no sign-in, not even then. */
export type Permission =
  | 'public'
  | 'docs:read'
  | 'tasks:read'
  | 'tasks:write'
  | 'repos:read'
  | 'repos:write'
  | 'pull_requests:read'
  | 'pull_requests:write'
  | 'templates:read'
  | 'templates:write'
  | 'secrets:read'
  | 'secrets:write'
  | 'issues:read'
  | 'issues:write'
  | 'events:read'
  | 'analytics:read'
  | 'system:read'
  | 'system:write'
  | 'pages'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/**
 * One endpoint: what the server registers and the client calls. `answer` null: no body (204). `stream`: the answer is not JSON; the client
 * hands out the response itself.
 */
export interface Route {
  readonly method: Method
  /** Parameters as `:name`, each in `params`. */
  readonly path: `/api/${string}`
  readonly permission: Permission
  readonly tag: string
  readonly summary: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly status: 200 | 201 | 202 | 204
  /** It creates something: an `Idempotency-Key` makes a repeat answer what the first one answered. */
  readonly creates?: true
  /** Statuses besides `status` that carry the same answer. */
  readonly alsoStatus?: readonly number[]
  readonly answer: z.ZodType | null | 'stream'
}

/** Keeps the literal types of a table of routes. */
export function defineRoutes<const R extends Record<string, Record<string, Route>>>(routes: R): R {
  return routes
}

type Part<R extends Route, K extends 'params' | 'query' | 'body'> = R[K]

/** What a handler gets: the validated request. */
export interface RouteInput<R extends Route> {
  params: Part<R, 'params'> extends z.ZodType ? z.output<Part<R, 'params'>> : undefined
  query: Part<R, 'query'> extends z.ZodType ? z.output<Part<R, 'query'>> : undefined
  body: Part<R, 'body'> extends z.ZodType ? z.output<Part<R, 'body'>> : undefined
}

/** What a handler answers. */
export type RouteAnswer<R extends Route> = R['answer'] extends z.ZodType ? z.input<R['answer']> : undefined

type Optional<T> = undefined extends T ? true : Record<never, never> extends T ? true : false
type Given<R extends Route, K extends 'params' | 'query' | 'body'> =
  Part<R, K> extends z.ZodType
    ? Optional<z.input<Part<R, K>>> extends true
      ? { [P in K]?: z.input<Part<R, K>> }
      : { [P in K]: z.input<Part<R, K>> }
    : unknown

/** What a caller of the client gives. */
export type CallInput<R extends Route> = Given<R, 'params'> & Given<R, 'query'> & Given<R, 'body'>

/** What a caller of the client gets. */
export type CallAnswer<R extends Route> = R['answer'] extends z.ZodType
  ? z.output<R['answer']>
  : R['answer'] extends 'stream'
    ? Response
    : undefined
