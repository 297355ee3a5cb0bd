import type { RequestMatch, SeenRequest } from '../control/faults.ts'

const compiled = new Map<string, RegExp>()

/** Whether a request is meant; see `RequestMatch`. */
export function matches(match: RequestMatch, request: SeenRequest): boolean {
  if (typeof match === 'function') return match(request)
  const line = `${request.method} ${request.path}`
  if (match instanceof RegExp) return match.test(line)
  return wildcard(match).test(line)
}

export function wildcard(pattern: string): RegExp {
  const present = compiled.get(pattern)
  if (present !== undefined) return present
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  const made = new RegExp(`^${source}$`)
  compiled.set(pattern, made)
  return made
}
