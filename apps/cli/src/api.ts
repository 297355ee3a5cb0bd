import type { Client } from '@optio/contract'
import { type CallOptions, type ClientOptions, callEndpoint, type EndpointInput } from '@optio/contract/call'
import { notRunning } from './address.ts'
import { CliError } from './cli-error.ts'
import { ENDPOINTS, type Used } from './endpoints.ts'
import { EXIT } from './exit-codes.ts'
import { createOnce } from './once.ts'

/** The client of the contract, as far as this program uses it. */
export type ApiClient = { readonly [G in keyof Used]: Pick<Client[G], keyof Used[G] & keyof Client[G]> }

type InputOf<C extends (...given: never[]) => unknown> = NonNullable<Parameters<C>[0]>

/** What a call takes as its body. */
export type BodyOf<C extends (...given: never[]) => unknown> =
  InputOf<C> extends { body?: infer B } ? NonNullable<B> : never

/** What a call takes as its query. */
export type QueryOf<C extends (...given: never[]) => unknown> =
  InputOf<C> extends { query?: infer Q } ? NonNullable<Q> : never

/**
 * The contract's client without its schemas (see `ENDPOINTS`), and with failures to connect told in words. What creates something is
 * sent with a key, the given one or one of its own, and again when its answer is lost.
 */
export function connectClient(url: string, signal: AbortSignal, idempotencyKey?: string): ApiClient {
  const options: ClientOptions = {
    baseUrl: url,
    fetch: async (input, init) => {
      try {
        const both = init?.signal ? AbortSignal.any([signal, init.signal]) : signal
        return await fetch(input, { ...init, signal: both })
      } catch (error) {
        if (signal.aborted) throw new CliError(EXIT.INTERRUPTED, 'INTERRUPTED', 'Interrupted.')
        if ((error as Error).name === 'TimeoutError') throw notRunning(url, 'it takes too long')
        if (isBroken(error)) {
          throw new CliError(EXIT.UNREACHABLE, 'CONNECTION_LOST', `The connection to ${url} broke off.`)
        }
        throw notRunning(url, causeOf(error))
      }
    },
  }
  const client: Record<string, Record<string, unknown>> = {}
  for (const [group, members] of Object.entries(ENDPOINTS)) {
    client[group] = Object.fromEntries(
      Object.entries(members as Record<string, readonly [string, string, string, string?]>).map(
        ([name, [method, path, kind, creates]]) => {
          const endpoint = { method, path, answer: kind === 'nothing' ? null : kind }
          const send = (input?: EndpointInput, call?: CallOptions, headers?: ClientOptions['headers']) =>
            callEndpoint({ ...options, ...(headers ? { headers } : {}) }, endpoint, input, call)
          const sendOnce = (input?: EndpointInput, call?: CallOptions) =>
            createOnce(idempotencyKey ?? crypto.randomUUID(), signal, (headers) => send(input, call, headers))
          return [name, creates ? sendOnce : (input?: EndpointInput, call?: CallOptions) => send(input, call)]
        },
      ),
    )
  }
  return client as unknown as ApiClient
}

const BROKEN: readonly (string | undefined)[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']

/** Somebody was there, and hung up. */
function isBroken(error: unknown): boolean {
  return BROKEN.includes((error as { cause?: { code?: string } }).cause?.code)
}

function causeOf(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause
  switch (cause?.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'there is no such host'
    default:
      return cause?.code ?? cause?.message ?? (error as Error).message
  }
}
