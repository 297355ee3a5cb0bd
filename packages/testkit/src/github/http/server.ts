import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from './answer.ts'

/** Answers a request; null: the connection is to be closed without an answer. */
export type Serve = (request: IncomingMessage, url: URL) => Promise<Answer | null>

/** Longest body that is read; a push goes past this. */
const LONGEST_BODY = 32 * 1024 * 1024

/** The socket side of it all. */
export class HttpServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Listens on loopback; rejects when the port is taken. */
  static async listen(port: number): Promise<HttpServer> {
    const server = createServer({ keepAliveTimeout: 60_000 })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve())
    })
    return new HttpServer(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on requests are answered so. */
  serve(serve: Serve, latency: () => number): void {
    this.#server.on('request', (request, response) => {
      void this.#answer(serve, latency, request, response)
    })
  }

  async #answer(
    serve: Serve,
    latency: () => number,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    response.on('error', () => undefined) // the client has left
    try {
      const answer = await serve(request, new URL(request.url ?? '/', this.url))
      if (latency() > 0) await sleep(latency())
      if (answer === null) {
        request.socket.destroy()
        return
      }
      response.writeHead(answer.status, {
        server: 'github.com',
        date: new Date().toUTCString(),
        'x-github-request-id': randomUUID(),
        'content-length': answer.body.length,
        ...answer.headers,
      })
      response.end(request.method === 'HEAD' ? undefined : answer.body)
    } catch (error) {
      // A defect of the fake itself: told in full, so that it is seen for what it is.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(`The fake of GitHub broke: ${text}`)
    }
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_BODY) throw new RangeError('the body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
