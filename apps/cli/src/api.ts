import type { Client } from '@optio/contract'
import { type CallOptions, type ClientOptions, callEndpoint, type EndpointInput } from '@optio/contract/call'
import { notRunning } from './address.ts'
import { CliError } from './cli-error.ts'
import { ENDPOINTS, type Used } from './endpoints.ts'
import { EXIT } from './exit-codes.ts'

/** The client of the contract, as far as this program uses it. */
export type ApiClient = { readonly [G in keyof Used]: Pick<Client[G], keyof Used[G] & keyof Client[G]> }

/** The contract's client without its schemas (see `ENDPOINTS`), and with failures to connect told in words. */
export function connectClient(url: string, signal: AbortSignal): ApiClient {
  const options: ClientOptions = {
    baseUrl: url,
    fetch: async (input, init) => {
      try {
        const both = init?.signal ? AbortSignal.any([signal, init.signal]) : signal
        return await fetch(input, { ...init, signal: both })
      } catch (error) {
        if (signal.aborted) throw new CliError(EXIT.INTERRUPTED, 'INTERRUPTED', 'Interrupted.')
        if ((error as Error).name === 'TimeoutError') throw notRunning(url, 'it takes too long')
        throw notRunning(url, causeOf(error))
      }
    },
  }
  const client: Record<string, Record<string, unknown>> = {}
  for (const [group, members] of Object.entries(ENDPOINTS)) {
    client[group] = Object.fromEntries(
      Object.entries(members as Record<string, readonly [string, string, string]>).map(
        ([name, [method, path, answer]]) => [
          name,
          (input?: EndpointInput, call?: CallOptions) =>
            callEndpoint(
              options,
              { method, path, answer: answer === 'nothing' ? null : answer },
              input,
              call,
            ),
        ],
      ),
    )
  }
  return client as unknown as ApiClient
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
