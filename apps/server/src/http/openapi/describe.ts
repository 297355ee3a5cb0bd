import { ERROR_CODES, type ErrorCode, type Route, routes } from '@optio/contract'
import { errorsOf, ROUTE_ERRORS, ROUTE_EXAMPLES } from '@optio/contract/openapi'

/** As much of an OpenAPI 3.1 document as is written here. */
interface Document {
  readonly paths?: Record<string, Record<string, Operation | undefined>>
}

interface Operation {
  operationId?: string
  parameters?: unknown[]
  requestBody?: { required?: boolean; content?: Record<string, { example?: unknown }> }
  responses?: Record<
    string,
    { description?: string; content?: Record<string, { example?: unknown; schema?: unknown }> }
  >
}

const JSON_TYPE = 'application/json'

const WHEN: Readonly<Record<number, string>> = {
  400: 'The request is malformed',
  401: 'No or a wrong credential',
  403: 'Not allowed',
  404: 'There is no such thing, or it is another workspace’s',
  405: 'Not for this kind of task',
  409: 'It conflicts with what is the case',
  413: 'The body is too large',
  415: 'The body is no JSON',
  422: 'Understood, but impossible',
  429: 'Too many requests',
  500: 'A fault of Optio; its log says what',
  503: 'Something Optio depends on is down',
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Same key and body within 24 hours: the first answer again, and nothing is created twice. Same key and another body: 409.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
}

/** An answer that is no JSON of a schema: a log as a file, in the form that was asked for. */
const FILE = {
  description: 'The file',
  content: {
    [JSON_TYPE]: { schema: { type: 'object' } },
    'text/plain': { schema: { type: 'string' } },
    'text/markdown': { schema: { type: 'string' } },
  },
}

const hookHeader = (name: string, description: string) => ({
  ...{ name, in: 'header', required: false, description },
  schema: { type: 'string' },
})

/** Read by the handler, because what is wrong with them is no matter of their form. */
const HOOK_HEADERS = [
  hookHeader(
    'X-Optio-Signature',
    'Where the webhook has a secret: sha256=<HMAC-SHA256 of the body under it, in hex>.',
  ),
  hookHeader(
    'X-Optio-Timestamp',
    'Seconds since 1970. Sent with it, the signature is of <timestamp>.<body>.',
  ),
  hookHeader('X-Optio-Delivery', 'Name of this one event: sent again, it is answered as the first time.'),
]

/** Adds to each operation its id, its error answers with their codes, an example, and the header of those that create. */
export function describeOperations<D extends object>(document: D): D {
  const { paths = {} } = document as Document
  for (const [group, members] of Object.entries(routes)) {
    for (const [name, route] of Object.entries(members as Record<string, Route>)) {
      const operation = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
      if (operation) describe(operation, group, name, route)
    }
  }
  return document
}

function describe(operation: Operation, group: string, name: string, route: Route): void {
  operation.operationId = `${group}.${name}`
  const example = of<{ body?: unknown; answer?: unknown }>(ROUTE_EXAMPLES, group, name)
  const responses = operation.responses ?? {}
  delete responses.default
  if (route.answer === 'stream') responses[route.status] = FILE
  for (const [status, codes] of byStatus(errorsOf(route, of(ROUTE_ERRORS, group, name)))) {
    // 503 of the health check is an answer and no error.
    if (responses[status] !== undefined) continue
    responses[status] = errorResponse(status, codes)
  }
  operation.responses = responses
  if (route.creates) operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY]
  if (route === routes.hooks.fire) operation.parameters = [...(operation.parameters ?? []), ...HOOK_HEADERS]
  if (operation.requestBody && route.body?.safeParse(undefined).success)
    operation.requestBody.required = false
  const sent = operation.requestBody?.content?.[JSON_TYPE]
  if (sent && example.body !== undefined) sent.example = example.body
  const answered = responses[route.status]?.content?.[JSON_TYPE]
  if (answered && example.answer !== undefined) answered.example = example.answer
}

function errorResponse(status: number, codes: readonly ErrorCode[]) {
  const schema = {
    allOf: [
      { $ref: '#/components/schemas/Error' },
      { type: 'object', properties: { code: { type: 'string', enum: codes } } },
    ],
  }
  return {
    description: `${WHEN[status] ?? 'Error'}: ${codes.join(', ')}.`,
    content: { [JSON_TYPE]: { schema } },
  }
}

function byStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const found = new Map<number, ErrorCode[]>()
  for (const code of new Set(codes)) {
    const status = ERROR_CODES[code]
    found.set(status, [...(found.get(status) ?? []), code])
  }
  return new Map([...found].sort(([a], [b]) => a - b))
}

function of<T>(table: unknown, group: string, name: string): T {
  return (table as Record<string, Record<string, T>>)[group]?.[name] as T
}
