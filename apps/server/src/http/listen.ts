import type { AddressInfo } from 'node:net'
import { OptioError } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { isLoopbackName } from './origin.ts'
import { whoListens } from './port-holder.ts'

/** Refuses, with CONFIG, to be reachable from other machines: nobody has to sign in yet, so everybody would be the administrator. */
export function assertLoopback(host: string): void {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  if (isLoopbackName(name.toLowerCase())) return
  throw new OptioError(
    'CONFIG',
    `OPTIO_HOST=${host} would let other machines use this Optio without signing in. ` +
      'Leave it at 127.0.0.1 (or ::1, or localhost); reach it from elsewhere through an ssh tunnel.',
  )
}

/**
 * Listens and answers the address people can open. Port 0 takes a free one.
 * Throws CONFIG for a host that is not loopback or not of this machine, PORT_IN_USE when somebody else has the port.
 */
export async function listen(app: FastifyInstance, at: { host: string; port: number }): Promise<string> {
  assertLoopback(at.host)
  const host = at.host.replace(/^\[|\]$/g, '')
  try {
    await app.listen({ host, port: at.port })
  } catch (error) {
    throw await explainListenFailure(error, at)
  }
  const { port } = app.server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function explainListenFailure(error: unknown, at: { host: string; port: number }): Promise<unknown> {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE': {
      const holder = await whoListens(at.host, at.port)
      return new OptioError(
        'PORT_IN_USE',
        `Port ${at.port} on ${at.host} is taken by ${holder ?? 'another program'}. ` +
          'End that one, or choose another port with OPTIO_PORT.',
        { cause: error, details: { host: at.host, port: at.port } },
      )
    }
    case 'EACCES':
      return new OptioError(
        'CONFIG',
        `This user may not listen on port ${at.port}. Choose one above 1023 with OPTIO_PORT.`,
        { cause: error },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new OptioError(
        'CONFIG',
        `${at.host} is no address of this machine. Set OPTIO_HOST to 127.0.0.1.`,
        {
          cause: error,
        },
      )
    default:
      return error
  }
}
