import { type CallOptions, type ClientOptions, callEndpoint, type EndpointInput } from './call.ts'
import type { CallAnswer, CallInput, Route } from './route.ts'
import { type Routes, routes } from './routes.ts'

type Call<R extends Route> =
  Record<never, never> extends CallInput<R>
    ? (input?: CallInput<R>, options?: CallOptions) => Promise<CallAnswer<R>>
    : (input: CallInput<R>, options?: CallOptions) => Promise<CallAnswer<R>>

/** One function for each route: `client.tasks.get({ params: { id } })`. All throw `ApiError` when the server answers an error. */
export type Client = {
  readonly [Group in keyof Routes]: {
    readonly [Name in keyof Routes[Group]]: Routes[Group][Name] extends Route
      ? Call<Routes[Group][Name]>
      : never
  }
}

export function createClient(options: ClientOptions): Client {
  const client: Record<string, Record<string, unknown>> = {}
  for (const [group, members] of Object.entries(routes)) {
    client[group] = Object.fromEntries(
      Object.entries(members).map(([name, route]) => [
        name,
        (input: EndpointInput = {}, call: CallOptions = {}) => callEndpoint(options, route, input, call),
      ]),
    )
  }
  return client as unknown as Client
}
