import type { RequestLog, RequestMatch, SeenRequest } from '../control/faults.ts'
import { matches } from './match.ts'

const MOST = 100_000

/** A request that is under way: what is known last is written last. */
export type OpenRequest = { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] }

export class Requests implements RequestLog {
  #seen: OpenRequest[] = []
  #points = { core: 0, graphql: 0 }
  #number = 0

  get length(): number {
    return this.#seen.length
  }

  [Symbol.iterator](): Iterator<SeenRequest> {
    return this.#seen[Symbol.iterator]()
  }

  all(match: RequestMatch = '*'): readonly SeenRequest[] {
    return this.#seen.filter((request) => matches(match, request))
  }

  count(match: RequestMatch = '*'): number {
    return this.all(match).length
  }

  pointsSpent(resource?: 'core' | 'graphql'): number {
    return resource === undefined ? this.#points.core + this.#points.graphql : this.#points[resource]
  }

  clear(): void {
    this.#seen = []
    this.#points = { core: 0, graphql: 0 }
  }

  add(facts: Omit<OpenRequest, 'number' | 'status' | 'cost'>): OpenRequest {
    this.#number += 1
    const request = { ...facts, number: this.#number, status: null, cost: 0 }
    this.#seen.push(request)
    if (this.#seen.length > MOST) this.#seen.shift()
    return request
  }

  spent(request: OpenRequest, resource: 'core' | 'graphql', points: number): void {
    request.cost = points
    this.#points[resource] += points
  }
}
