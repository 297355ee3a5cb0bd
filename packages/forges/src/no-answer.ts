/**
 * Why a forge gave no answer:
 * - `credential`: it does not accept the credential (revoked, expired), or there is none: a person has to replace it;
 * - `replaced`: what it has under the repository's name is another repository than the one connected: a person has to say which is meant;
 * - `limited`: it takes no more requests for a while;
 * - `unreachable`: there is no connection, or no answer in time;
 * - `failing`: it answered with an error of its own, or with something that cannot be read.
 */
export type NoAnswerReason = 'credential' | 'replaced' | 'limited' | 'unreachable' | 'failing'

/** A forge gave no answer. It is never read as a negative one, and nobody's work fails because of it. The message has no secret in it. */
export class NoAnswer extends Error {
  readonly reason: NoAnswerReason
  /** When to ask again, in milliseconds since the epoch; null when it did not say. */
  readonly retryAt: number | null

  constructor(
    reason: NoAnswerReason,
    message: string,
    options: { retryAt?: number | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'NoAnswer'
    this.reason = reason
    this.retryAt = options.retryAt ?? null
  }
}
