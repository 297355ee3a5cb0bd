import type { IncomingHttpHeaders } from 'node:http'
import type { Answer, Refusal } from './answer.ts'
import type { Conversation } from './conversation.ts'

/**
 * How one provider's API is spoken: what its requests say and what its answers look like. Pure; everything about sockets,
 * time and records is the server's. A further protocol is a further object of this type.
 */
export interface Protocol {
  readonly name: string
  /** What a request asks for; null when it is none of this protocol. */
  route(method: string, path: string): Asked | null
  /** Kind of credential that a request carries; null for none. */
  credentialOf(headers: IncomingHttpHeaders): Credential | null
  /** Reads a request for an answer, or for the count of its tokens. Throws BadRequest when the provider would refuse it. */
  read(asked: Asked, headers: IncomingHttpHeaders, body: unknown): Conversation
  /** True when the answer is to come in pieces. */
  isStreamed(body: unknown): boolean
  /** The whole answer, as JSON. `ids` makes names that are unique on this server. */
  whole(answer: Answer, ids: Ids): unknown
  /** The same in pieces: server-sent events. */
  pieces(answer: Answer, ids: Ids): readonly Piece[]
  /** An error in the middle of a stream. */
  brokenPiece(requestId: string): Piece
  refusal(
    refusal: Refusal,
    requestId: string,
    now: number,
  ): { headers: Record<string, string>; body: unknown }
  count(conversation: Conversation): unknown
  models(): unknown
}

/** An answer of the model, the tokens of what it would be asked, or the models there are. */
export type Asked = 'answer' | 'count' | 'models'

export type Ids = (prefix: string) => string

export interface Credential {
  /** The header it came in: one of the provider’s own, or `Authorization`. */
  readonly kind: 'api-key' | 'bearer'
  readonly value: string
}

/** One server-sent event. */
export interface Piece {
  /** Left out in protocols whose events have no name. */
  readonly event?: string
  readonly data: unknown
}

/** What the provider answers with 400. */
export class BadRequest extends Error {}
