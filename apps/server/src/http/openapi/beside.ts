import type { ErrorCode } from '@optio/contract'
import { errorResponses } from './errors.ts'
import { describeParameters } from './parameters.ts'

/** What is served beside the contract: no JSON comes back, so no client of ours is derived from it. */

const ANY = ['UNAUTHORIZED', 'FORBIDDEN', 'FORBIDDEN_ORIGIN', 'NOT_FOUND'] as const
const FAULT = ['INTERNAL'] as const

const METRICS = {
  operationId: 'system.metrics',
  tags: ['system'],
  summary: 'Figures of this installation, in the text format of Prometheus',
  responses: {
    200: {
      description: 'Figures of this installation, in the text format of Prometheus.',
      content: {
        'text/plain': {
          schema: { type: 'string' },
          example:
            '# HELP optio_database_up Whether the database answers.\n# TYPE optio_database_up gauge\noptio_database_up 1\n',
        },
      },
    },
    ...errorResponses([...ANY, ...FAULT]),
  },
}

const TASK_ID = { name: 'taskId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }
const AFTER_SEQ = {
  name: 'after',
  in: 'query',
  required: false,
  description: 'Seq of the last entry that was seen; what follows it is sent.',
  schema: { type: 'integer', minimum: 0, default: 0 },
}
const BATCH = {
  name: 'batch',
  in: 'query',
  required: false,
  description: '`1`: entries come together, in `task:logs` frames.',
  schema: { type: 'string', enum: ['0', '1'], default: '0' },
}
const AFTER_EVENT = {
  name: 'after',
  in: 'query',
  required: false,
  description: 'Id of the last event that was seen; without it, only what happens from now on.',
  schema: { type: 'string', pattern: '^\\d{1,15}$' },
}

const UPGRADED =
  'The WebSocket is open. What is found wrong from now on closes it: with 4401, 4403, 4404, 4409 or 4429 like the status, else with 1011 or 1013, and the code of the error as the reason.'

function socket(given: { operationId: string; tag: string; summary: string; parameters: object[] }) {
  const { operationId, tag, summary, parameters } = given
  const codes: ErrorCode[] = ['VALIDATION', ...ANY, ...FAULT]
  const { 500: fault, ...refusals } = errorResponses(codes)
  // Linters ask for an answer besides refusals, and take 101 for none.
  const responses = { 101: { description: UPGRADED }, ...refusals, default: fault }
  return { operationId, tags: [tag], summary, parameters, responses }
}

/** By the pattern of the route. */
const BESIDE: Readonly<Record<string, object>> = {
  '/metrics': METRICS,
  '/ws/logs/:taskId': socket({
    operationId: 'logs.follow',
    tag: 'logs',
    summary: 'A WebSocket: every entry of the log of a task, then what comes, and how its state changes',
    parameters: [TASK_ID, AFTER_SEQ, BATCH],
  }),
  '/ws/events': socket({
    operationId: 'activity.follow',
    tag: 'activity',
    summary: 'A WebSocket: what happens in the workspace while it happens',
    parameters: [AFTER_EVENT],
  }),
}

/** Adds those of them that are served: `served` are patterns of routes. */
export function addBeside<D extends { paths?: object }>(document: D, served: ReadonlySet<string>): D {
  const found = Object.entries(BESIDE).filter(([pattern]) => served.has(pattern))
  const paths = found.map(([pattern, operation]) => {
    const path = pattern.replace(/:(\w+)/g, '{$1}')
    const get = structuredClone(operation) as { parameters?: Parameters<typeof describeParameters>[1] }
    describeParameters(path, get.parameters ?? [])
    return [path, { get }]
  })
  return { ...document, paths: { ...document.paths, ...Object.fromEntries(paths) } }
}
