import type { IncomingHttpHeaders } from 'node:http'
import type { Credential } from './protocol.ts'
import type { ModelUsage } from './script.ts'

/** A request as the stand-in saw it. No credential is kept, only in which header there was one. */
export interface RecordedRequest {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly method: string
  readonly path: string
  /** Name of the protocol; null when no protocol knows the path. */
  readonly protocol: string | null
  readonly credential: Credential['kind'] | null
  /** Without those that hold credentials. */
  readonly headers: IncomingHttpHeaders
  /** As it was parsed; null when there was none, or no JSON. */
  readonly body: unknown
  /** Null for requests that are no part of a conversation. */
  readonly scene: RecordedScene | null
  /** Null until it is answered. */
  readonly status: number | null
  /** How its answer ended; null while it goes on. */
  readonly ended: 'whole' | 'broken' | 'left' | null
  /** What it was billed: nothing, unless a whole answer was given. */
  readonly usage: ModelUsage | null
}

export interface RecordedScene {
  /** The `id` of the script, else a hash of the first prompt. */
  readonly conversation: string
  readonly turn: number
  /** Answers since the turn began. */
  readonly answers: number
  /** What was asked last, without the script in it. */
  readonly prompt: string
  /** Asked by the agent on its own behalf. */
  readonly aside: boolean
}

/** The server's own view of a record, which it completes as it answers. */
export type OpenRecord = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] }

const SECRET_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'proxy-authorization', 'cookie']

export function withoutSecrets(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.includes(name)))
}
