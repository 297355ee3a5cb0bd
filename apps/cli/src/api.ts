import type { Client } from '@optio/contract'
import { notRunning } from './address.ts'
import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'

/** The contract's client, with failures to connect told in words. */
export async function connectClient(url: string, signal: AbortSignal): Promise<Client> {
  const { createClient } = await import('@optio/contract')
  return createClient({
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
  })
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
