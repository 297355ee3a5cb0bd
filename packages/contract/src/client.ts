import { errorAnswer } from './errors-answer.ts'
import type { CallAnswer, CallInput, Route } from './route.ts'
import { type Routes, routes } from './routes.ts'

/** An answer that is an error: the status, the stable code and the words of the server. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly details: unknown

  constructor(status: number, code: string, message: string, details: unknown) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = details
  }
}

export interface ClientOptions {
  /** Address of the server, without `/api`: `http://127.0.0.1:4000`. */
  readonly baseUrl: string
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  readonly fetch?: typeof fetch
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

type Call<R extends Route> =
  Record<never, never> extends CallInput<R>
    ? (input?: CallInput<R>, options?: CallOptions) => Promise<CallAnswer<R>>
    : (input: CallInput<R>, options?: CallOptions) => Promise<CallAnswer<R>>

/** One function for each route: `client.tasks.get({ params: { id } })`. All throw `ApiError` when the server answers an error. */
export type Client = {
  readonly [Group in keyof Routes]: {
    readonly [Name in keyof Routes[Group]]: Routes[Group][Name] extends Route
      ? Call<Routes[Group][Name]>
      : never
  }
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

export function createClient(options: ClientOptions): Client {
  const client: Record<string, Record<string, unknown>> = {}
  for (const [group, members] of Object.entries(routes)) {
    client[group] = Object.fromEntries(
      Object.entries(members).map(([name, route]) => [
        name,
        (input: AnyInput = {}, call: CallOptions = {}) => send(options, route, input, call),
      ]),
    )
  }
  return client as unknown as Client
}

async function send(
  options: ClientOptions,
  route: Route,
  input: AnyInput,
  call: CallOptions,
): Promise<unknown> {
  const url = options.baseUrl.replace(/\/+$/, '') + pathOf(route, input.params ?? {}) + queryOf(input.query)
  const hasBody = input.body !== undefined
  const response = await (options.fetch ?? fetch)(url, {
    method: route.method,
    headers: { ...options.headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    ...(hasBody ? { body: JSON.stringify(input.body) } : {}),
    ...(call.signal ? { signal: call.signal } : {}),
  })
  const expected = response.ok || route.alsoStatus?.includes(response.status)
  if (!expected) throw await errorOf(response)
  if (route.answer === 'stream') return response
  if (route.answer === null) {
    await response.body?.cancel()
    return undefined
  }
  return await response.json()
}

function pathOf(route: Route, params: Readonly<Record<string, string>>): string {
  return route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined || value === '') throw new TypeError(`${route.path} needs "${name}".`)
    return encodeURIComponent(value)
  })
}

function queryOf(query: Readonly<Record<string, unknown>> = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) search.append(name, String(one))
    }
  }
  return search.size === 0 ? '' : `?${search}`
}

async function errorOf(response: Response): Promise<ApiError> {
  const body = await response.text()
  try {
    const { code, error, details } = errorAnswer.parse(JSON.parse(body))
    return new ApiError(response.status, code, error, details)
  } catch {
    return new ApiError(response.status, 'UNKNOWN', `${response.status} ${response.statusText}`, undefined)
  }
}
