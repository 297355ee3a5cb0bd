import { ERROR_CODES, type ErrorCode, type Route } from '@optio/contract'
import { errorExample } from '@optio/contract/openapi'

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

/** The error answers of these codes by their statuses, each with an example of the code that is named first. */
export function errorResponses(codes: readonly ErrorCode[], route?: Route) {
  return Object.fromEntries([...byStatus(codes)].map(([status, some]) => [status, of(status, some, route)]))
}

function of(status: number, codes: readonly ErrorCode[], route: Route | undefined) {
  const schema = {
    allOf: [
      { $ref: '#/components/schemas/Error' },
      { type: 'object', properties: { code: { type: 'string', enum: codes } } },
    ],
  }
  const [first] = codes
  return {
    description: `${WHEN[status] ?? 'Error'}: ${codes.join(', ')}.`,
    content: { [JSON_TYPE]: { schema, ...(first && { example: errorExample(first, route) }) } },
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
