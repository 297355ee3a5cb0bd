import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer, Manner, Refusal } from './answer.ts'
import { anthropicMessages } from './anthropic-messages.ts'
import { Player, type Scene } from './play.ts'
import { type Asked, BadRequest, type Ids, type Protocol } from './protocol.ts'
import { type OpenRecord, type RecordedRequest, withoutSecrets } from './record.ts'
import { type ModelScript, type ModelUsage, ScriptError } from './script.ts'
import { sendJson, sendPieces, sendWhole, untilLeft } from './send.ts'
import { addUsage, NO_USAGE } from './usage.ts'
import { USUAL_SCRIPT } from './usual-script.ts'

/** A stand-in of a model's API that listens on loopback. */
export interface ModelApi {
  /** What agents are told as the base address, for example `http://127.0.0.1:40213`. */
  readonly url: string
  /** All requests so far, oldest first; at most the last ten thousand. */
  readonly requests: readonly RecordedRequest[]
  /** Those of one conversation that asked the model for an answer. */
  requestsOf(conversation: string): readonly RecordedRequest[]
  /** What a conversation was billed, asides included. */
  billOf(conversation: string): ModelUsage
  close(): Promise<void>
}

export interface ModelApiOptions {
  /** 0, the default: any free one. */
  readonly port?: number
  /** Followed by prompts that carry none; without it, a small one that changes a file and commits. */
  readonly script?: ModelScript
  /** Requests with another credential get 401; without it, any credential will do. */
  readonly credential?: string
  /** Told of every request once its answer has ended. */
  readonly onRequest?: (request: RecordedRequest) => void
}

/** Every protocol that is spoken. One line each. */
const PROTOCOLS: readonly Protocol[] = [anthropicMessages]

const MOST_RECORDS = 10_000
const LONGEST_BODY = 64 * 1024 * 1024

/** Starts a stand-in; it is ready when this resolves. Rejects when the port is taken. */
export async function startModelApi(options: ModelApiOptions = {}): Promise<ModelApi> {
  const desk = new Desk(options)
  const server = createServer((request, response) => void desk.serve(request, response))
  await listen(server, options.port ?? 0)
  const { port } = server.address() as AddressInfo
  const requestsOf = (conversation: string) =>
    desk.records.filter(({ scene }) => scene?.conversation === conversation)
  return {
    url: `http://127.0.0.1:${port}`,
    requests: desk.records,
    requestsOf,
    billOf: (conversation) =>
      requestsOf(conversation).reduce((sum, { usage }) => addUsage(sum, usage ?? NO_USAGE), NO_USAGE),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

/** A request that was understood so far as to be answered in its protocol. */
interface Understood {
  readonly protocol: Protocol
  readonly asked: Asked
  readonly record: OpenRecord
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
}

class Desk {
  readonly records: OpenRecord[] = []
  readonly #player: Player
  readonly #options: ModelApiOptions
  #made = 0

  constructor(options: ModelApiOptions) {
    this.#options = options
    this.#player = new Player(options.script ?? USUAL_SCRIPT)
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined) // the agent has left; what follows finds out by itself
    const [path = '/'] = (request.url ?? '/').split('?')
    const method = request.method ?? 'GET'
    const found = PROTOCOLS.map((protocol) => ({ protocol, asked: protocol.route(method, path) })).find(
      ({ asked }) => asked !== null,
    )
    const record: OpenRecord = {
      at: Date.now(),
      method,
      path,
      protocol: found?.protocol.name ?? null,
      credential: found?.protocol.credentialOf(request.headers)?.kind ?? null,
      headers: withoutSecrets(request.headers),
      body: null,
      scene: null,
      status: null,
      ended: null,
      usage: null,
    }
    this.records.push(record)
    if (this.records.length > MOST_RECORDS) this.records.shift()
    try {
      record.body = await readBody(request)
      if (found?.asked) {
        const { protocol, asked } = found
        await this.#answer({ protocol, asked, record, request, response, requestId: this.#ids('req') })
      } else {
        record.status = 404
        record.ended = 'whole'
        sendJson(response, 404, {}, { error: { message: `Nobody speaks ${method} ${path} here.` } })
      }
    } catch {
      // The agent closed the connection while it was read.
      record.ended = 'left'
      response.destroy()
    }
    this.#options.onRequest?.(record)
  }

  async #answer(understood: Understood): Promise<void> {
    const { protocol, asked, record, request, response } = understood
    const credential = protocol.credentialOf(request.headers)
    const wanted = this.#options.credential
    if (credential === null || (wanted !== undefined && credential.value !== wanted)) {
      return this.#refuse(understood, refusalOf(401, ''))
    }
    if (asked === 'models') return this.#plain(understood, protocol.models())
    let scene: Scene
    try {
      const conversation = protocol.read(asked, request.headers, record.body)
      if (asked === 'count') return this.#plain(understood, protocol.count(conversation))
      scene = this.#player.play(conversation, Date.now())
    } catch (error) {
      if (!(error instanceof BadRequest || error instanceof ScriptError)) throw error
      return this.#refuse(understood, refusalOf(400, error.message))
    }
    const { act, ...recorded } = scene
    record.scene = recorded
    if (act.kind === 'hang') {
      record.ended = await untilLeft(response)
      return
    }
    if (act.manner.delayMs > 0) await sleep(act.manner.delayMs)
    if (act.kind === 'refuse') return this.#refuse(understood, act.refusal)
    await this.#tell(understood, act.answer, act.manner)
  }

  async #tell(
    { protocol, record, response, requestId }: Understood,
    answer: Answer,
    manner: Manner,
  ): Promise<void> {
    const headers = { 'request-id': requestId }
    record.status = 200
    // Billed before it is sent: whoever has read the answer finds the bill.
    if (manner.breaks === null) record.usage = answer.usage
    record.ended = protocol.isStreamed(record.body)
      ? await sendPieces(
          response,
          headers,
          protocol.pieces(answer, this.#ids),
          manner,
          protocol.brokenPiece(requestId),
        )
      : await sendWhole(response, headers, protocol.whole(answer, this.#ids), manner)
  }

  #refuse({ protocol, record, response, requestId }: Understood, refusal: Refusal): void {
    const { headers, body } = protocol.refusal(refusal, requestId, Date.now())
    record.status = refusal.status
    record.ended = 'whole'
    sendJson(response, refusal.status, { ...headers, 'request-id': requestId }, body)
  }

  #plain({ record, response, requestId }: Understood, body: unknown): void {
    record.status = 200
    record.ended = 'whole'
    sendJson(response, 200, { 'request-id': requestId }, body)
  }

  readonly #ids: Ids = (prefix) => {
    this.#made += 1
    return `${prefix}_standin${String(this.#made).padStart(8, '0')}`
  }
}

function refusalOf(status: number, message: string): Refusal {
  return { status, message, headers: {}, until: null, quota: null }
}

/** JSON, or null when it is none. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > LONGEST_BODY) throw new RangeError('the body is too long')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    return null
  }
}
