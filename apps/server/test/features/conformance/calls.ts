import { expect } from 'vitest'
import { type Api, readApi } from '../support/fuzz/operations.ts'
import { type Served, specified } from './support.ts'

export interface Given {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** Calls endpoints by their ids and holds each answer against the OpenAPI document. */
export interface Calls {
  /** The body of a success. `body` left out: none is sent. */
  <T = Record<string, never>>(id: string, given?: Given): Promise<T>
  /** Endpoints of the groups that were not called. */
  missing(groups: readonly string[]): string[]
}

export async function callsOf(served: Served): Promise<Calls> {
  const api: Api = readApi((await served.send('GET', '/docs/json')).body)
  const asked = new Set<string>()
  const call = async (id: string, { params = {}, query = '', body, headers }: Given = {}) => {
    const found = specified.find((each) => each.id === id)
    const operation = api.operations.find(({ operationId }) => operationId === id)
    if (found === undefined || operation === undefined) throw new Error(`There is no endpoint ${id}.`)
    const { route } = found
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => params[name] ?? '') + query
    const answer = await served.send(route.method, path, body, headers)
    expect({ id, status: answer.status, text: answer.status < 400 ? '' : answer.text }).toEqual({
      ...{ id, status: route.status, text: '' },
    })
    const [contentType = ''] = (answer.headers.get('content-type') ?? '').split(';')
    const content = route.answer === null ? answer.text : answer.body
    expect(api.misfit(operation, { status: answer.status, contentType, body: content })).toBeNull()
    asked.add(id)
    return answer.body
  }
  const missing = (groups: readonly string[]) =>
    specified.map(({ id }) => id).filter((id) => groups.includes(id.split('.')[0] ?? '') && !asked.has(id))
  return Object.assign(call as Calls, { missing })
}
