import { type Answer, jsonAnswer } from '../http/answer.ts'
import type { RestRequest } from './request.ts'

export interface Window {
  readonly page: number
  readonly perPage: number
}

/** Which part of a list is asked for: 30 unless told, at most 100. */
export function windowOf({ query }: RestRequest): Window {
  const asked = (name: string, otherwise: number) => {
    const value = Number.parseInt(query.get(name) ?? '', 10)
    return value >= 1 ? value : otherwise
  }
  return { page: asked('page', 1), perPage: Math.min(asked('per_page', 30), 100) }
}

/** `Link`, with the addresses of the other pages. */
export function linkHeader(request: RestRequest, total: number): Record<string, string> {
  const { page, perPage } = windowOf(request)
  const last = Math.max(1, Math.ceil(total / perPage))
  const to = (number: number, rel: string) => {
    const query = new URLSearchParams(request.query)
    query.set('page', String(number))
    return `<${request.world.apiUrl}${request.path}?${query}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [to(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ]
  return links.length === 0 ? {} : { link: links.join(', ') }
}

export function pageOf<T>(request: RestRequest, items: readonly T[]): readonly T[] {
  const { page, perPage } = windowOf(request)
  return items.slice((page - 1) * perPage, page * perPage)
}

/** One page of a list. */
export function listAnswer<T>(request: RestRequest, items: readonly T[], view: (item: T) => unknown): Answer {
  return jsonAnswer(200, pageOf(request, items).map(view), linkHeader(request, items.length))
}
