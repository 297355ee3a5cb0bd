import { routes } from '@optio/contract'
import type { Endpoint } from '@optio/contract/call'

/**
 * Where each call goes: the routes of the contract without their schemas, which pages have no use for and which are a third of what
 * would be loaded first. `vite.config.ts` puts what this comes to in its place.
 */
export const ENDPOINTS: Readonly<Record<string, Readonly<Record<string, Endpoint>>>> = Object.fromEntries(
  Object.entries(routes).map(([group, members]) => [
    group,
    Object.fromEntries(Object.entries(members).map(([name, route]) => [name, endpointOf(route)])),
  ]),
)

function endpointOf({ method, path, alsoStatus, answer }: Endpoint): Endpoint {
  return {
    method,
    path,
    ...(alsoStatus === undefined ? {} : { alsoStatus }),
    answer: answer === null || answer === 'stream' ? answer : 'json',
  }
}
