import { type CallOptions, type ClientOptions, callsOf } from './call.ts'
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
  return callsOf(options, routes) as unknown as Client
}
