import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd } from './github.ts'

export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** `issues.labeled`, `push`. */
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: payloads of every kind, looked into by tests
  readonly payload: any
}

/** Somebody who takes webhooks. */
export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** What it answers; 204. */
  answer: number
  names(): string[]
}

export async function aReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const receiver = { url: '', received, answer: 204, names: () => received.map(({ name }) => name) }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const payload = JSON.parse(body) as { action?: string }
    const event = String(request.headers['x-github-event'])
    const name = payload.action === undefined ? event : `${event}.${payload.action}`
    received.push({ headers: request.headers, body, name, payload })
    response.writeHead(receiver.answer).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  atEnd(() => {
    server.closeAllConnections()
    server.close()
  })
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  return receiver
}
