import { ERROR_CODES, type ErrorCode, type Route, routes } from '@optio/contract'
import type { FastifyPluginAsync } from 'fastify'
import { expect } from 'vitest'
import type { Database } from '../../../src/database/connection.ts'
import { type NotifyBus, openNotifyBus } from '../../../src/database/notify.ts'
import { LogHub } from '../../../src/features/logs/hub.ts'
import { registerLogRoutes } from '../../../src/features/logs/routes.ts'
import { registerLogSocket } from '../../../src/features/logs/socket.ts'
import { quiet } from '../../support/test-server.ts'
import { emptyWorld, populate, type World } from '../support/fuzz/world.ts'
import { startOptio, type TestOptio } from '../support/optio.ts'

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: Headers
}

/** A server with one thing of every kind, asked as any program would ask it: with `fetch`, and nothing of ours. */
export interface Served {
  readonly optio: TestOptio
  readonly world: World
  /** `body` is sent as JSON, unless it is a string: that is sent as it is. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  close(): Promise<void>
}

/** `env` is Optio's own environment. */
export async function serve(env: Readonly<Record<string, string>> = {}): Promise<Served> {
  const opened: { database?: Database; bus?: NotifyBus; hub?: LogHub } = {}
  const logs: FastifyPluginAsync = async (scope) => {
    const { database } = opened
    if (database === undefined) throw new Error('the API is made first')
    opened.bus = await openNotifyBus({ database, log: quiet })
    opened.hub = new LogHub(opened.bus)
    registerLogRoutes(scope, { database, index: { grown: () => undefined } })
    registerLogSocket(scope, { database, hub: opened.hub, log: quiet })
  }
  const change = ({ database }: { database: Database }) => {
    opened.database = database
    return {}
  }
  const optio = await startOptio([logs], change, env)
  const world = emptyWorld()
  await populate(optio, world)
  return {
    optio,
    world,
    async send(method, path, body, headers = {}) {
      const given = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
      const response = await fetch(optio.url + path, {
        method,
        ...given,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
      return {
        status: response.status,
        text,
        headers: response.headers,
        body: isJson ? JSON.parse(text) : {},
      }
    },
    async close() {
      opened.hub?.close()
      await opened.bus?.close()
      await optio.close()
    },
  }
}

/** Groups of the contract that the reference names. */
const SECTIONS = [
  ...(['health', 'tasks', 'runs', 'triggers', 'subtasks', 'comments', 'dependencies', 'repos'] as const),
  ...(['promptTemplates', 'taskTemplates', 'jobs', 'taskConfigs', 'setup', 'hooks'] as const),
  ...(['messages', 'activity', 'issues', 'secrets', 'github'] as const),
] as const

export interface NamedRoute {
  /** `group.name`. */
  readonly id: string
  readonly route: Route
}

export const specified: readonly NamedRoute[] = SECTIONS.flatMap((group) =>
  Object.entries(routes[group] as Record<string, Route>).map(([name, route]) => ({
    id: `${group}.${name}`,
    route,
  })),
)

/** The answer is an error of that code, with its status and in the form of every error. */
export function expectError({ status, body, headers }: Answer, code: ErrorCode, about = ''): void {
  expect({ about, status, code: body.code }).toEqual({ about, status: ERROR_CODES[code], code })
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(typeof body.error === 'string' && body.error.length > 0).toBe(true)
  expect(Object.keys(body).filter((key) => !['error', 'code', 'details'].includes(key))).toEqual([])
}
