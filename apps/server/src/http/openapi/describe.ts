import { type ErrorCode, type Route, routes } from '@optio/contract'
import { errorExample, errorsOf, ROUTE_ERRORS, ROUTE_EXAMPLES } from '@optio/contract/openapi'
import { errorResponses } from './errors.ts'
import { describeParameters, type Parameter } from './parameters.ts'
import { successWords } from './successes.ts'

/** As much of an OpenAPI 3.1 document as is written here. */
interface Document {
  readonly paths?: Record<string, Record<string, Operation | undefined>>
  readonly components?: { readonly schemas?: Record<string, { examples?: unknown[] } | undefined> }
}

interface Operation {
  operationId?: string
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content?: Record<string, { example?: unknown }> }
  responses?: Record<
    string,
    { description?: string; content?: Record<string, { example?: unknown; schema?: unknown }> }
  >
}

const JSON_TYPE = 'application/json'

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

interface Example {
  readonly body?: unknown
  readonly answer?: unknown
  readonly also?: Readonly<Record<number, unknown>>
  readonly files?: Readonly<Record<string, unknown>>
}

/** Adds to each operation its id, its error answers with their codes, examples, and the header of those that create. */
export function describeOperations<D extends object>(document: D): D {
  const { paths = {}, components } = document as Document
  const error = components?.schemas?.Error
  if (error) error.examples = [errorExample('TASK_NOT_FOUND')]
  for (const [group, members] of Object.entries(routes)) {
    for (const [name, route] of Object.entries(members as Record<string, Route>)) {
      const path = route.path.replace(/:(\w+)/g, '{$1}')
      const operation = paths[path]?.[route.method.toLowerCase()]
      if (!operation) continue
      describe(operation, group, name, route)
      describeParameters(path, operation.parameters ?? [])
    }
  }
  return document
}

function describe(operation: Operation, group: string, name: string, route: Route): void {
  operation.operationId = `${group}.${name}`
  const example = of<Example>(ROUTE_EXAMPLES, group, name)
  const responses = operation.responses ?? {}
  delete responses.default
  if (route.answer === 'stream') responses[route.status] = structuredClone(FILE)
  for (const status of [route.status, ...(route.alsoStatus ?? [])]) {
    const response = responses[status]
    if (!response) continue
    response.description = successWords(route, status)
    const content = response.content ?? {}
    for (const [type, file] of Object.entries(example.files ?? {})) {
      const as = content[type]
      if (as) as.example = file
    }
    const answered = content[JSON_TYPE]
    const answer = example.also?.[status] ?? example.answer
    if (answered && answer !== undefined) answered.example = answer
  }
  // 503 of the health check is an answer and no error.
  const codes = errorsOf(route, of<readonly ErrorCode[]>(ROUTE_ERRORS, group, name))
  for (const [status, response] of Object.entries(errorResponses(codes, route)))
    responses[status] ??= response
  operation.responses = responses
  if (route.creates) operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY]
  if (route === routes.hooks.fire) operation.parameters = [...(operation.parameters ?? []), ...HOOK_HEADERS]
  if (operation.requestBody && route.body?.safeParse(undefined).success)
    operation.requestBody.required = false
  const sent = operation.requestBody?.content?.[JSON_TYPE]
  if (sent && example.body !== undefined) sent.example = example.body
}

function of<T>(table: unknown, group: string, name: string): T {
  return (table as Record<string, Record<string, T>>)[group]?.[name] as T
}
