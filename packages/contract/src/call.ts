/**
 * One call of the API, without any of the schemas: what imports only this starts quickly (making the schemas takes some 100 ms).
 */

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

/** Of a route, what it takes to call it. */
export interface Endpoint {
  readonly method: string
  readonly path: string
  readonly alsoStatus?: readonly number[]
  /** Null: nothing comes back. `stream`: the response itself is handed out. Anything else: JSON. */
  readonly answer: unknown
}

export interface EndpointInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

/** Calls one endpoint and answers the JSON it answers, nothing, or the response itself. Throws `ApiError`. */
export async function callEndpoint(
  options: ClientOptions,
  route: Endpoint,
  input: EndpointInput = {},
  call: CallOptions = {},
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

/** A function for each endpoint of a table: `calls.tasks.get({ params: { id } })`. */
export function callsOf(
  options: ClientOptions,
  table: Readonly<Record<string, Readonly<Record<string, Endpoint>>>>,
): Record<string, Record<string, unknown>> {
  const calls = Object.entries(table).map(([group, members]) => [
    group,
    Object.fromEntries(
      Object.entries(members).map(([name, endpoint]) => [
        name,
        (input: EndpointInput = {}, call: CallOptions = {}) => callEndpoint(options, endpoint, input, call),
      ]),
    ),
  ])
  return Object.fromEntries(calls)
}

function pathOf(route: Endpoint, params: Readonly<Record<string, string>>): string {
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
    const { code, error, details } = JSON.parse(body) as Record<string, unknown>
    if (typeof code === 'string' && typeof error === 'string') {
      return new ApiError(response.status, code, error, details)
    }
  } catch {
    // Not from Optio, or from a proxy before it.
  }
  return new ApiError(response.status, 'UNKNOWN', `${response.status} ${response.statusText}`, undefined)
}
