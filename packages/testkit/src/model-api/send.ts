import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Manner } from './answer.ts'
import type { Piece } from './protocol.ts'

/** `broken`: the script had it so; `left`: the agent closed the connection. */
export type Sent = 'whole' | 'broken' | 'left'

export function sendJson(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** An answer in one piece. */
export async function sendWhole(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  { breaks }: Manner,
): Promise<Sent> {
  if (breaks === null) {
    sendJson(response, 200, headers, body)
    return 'whole'
  }
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/json',
    'content-length': bytes.length,
  })
  await written(response, bytes.subarray(0, bytes.length / 2))
  if (breaks === 'hang') return await untilLeft(response)
  response.destroy()
  return 'broken'
}

/**
 * An answer as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), each written on its own,
 * so that a reader sees them come. One that breaks does so after half of them.
 */
export async function sendPieces(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  pieces: readonly Piece[],
  { breaks, paceMs }: Manner,
  brokenPiece: Piece,
): Promise<Sent> {
  response.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  })
  const told = breaks === null ? pieces : pieces.slice(0, Math.ceil(pieces.length / 2))
  for (const piece of told) {
    if (!(await written(response, framed(piece)))) return 'left'
    if (paceMs > 0) await sleep(paceMs)
  }
  if (breaks === 'hang') return await untilLeft(response)
  if (breaks === 'cut') {
    response.destroy()
    return 'broken'
  }
  if (breaks === 'error') await written(response, framed(brokenPiece))
  response.end()
  return breaks === null ? 'whole' : 'broken'
}

/** Says nothing until the agent closes the connection. */
export async function untilLeft(response: ServerResponse): Promise<Sent> {
  if (!response.destroyed) await new Promise<void>((resolve) => response.once('close', resolve))
  return 'left'
}

function framed({ event, data }: Piece): string {
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`
}

/** False when nobody reads any more. */
async function written(response: ServerResponse, chunk: string | Uint8Array): Promise<boolean> {
  if (response.destroyed) return false
  return await new Promise((resolve) => response.write(chunk, (error) => resolve(!error)))
}
