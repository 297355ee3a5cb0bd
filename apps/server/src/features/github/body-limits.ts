import { Transform } from 'node:stream'
import { OptioError } from '@optio/contract'
import type { FastifyInstance } from 'fastify'

interface BodyLimits {
  /** Bytes of bodies that are held at the same time, at most. */
  readonly bytesAtOnce: number
  /** A body that is not here after so many milliseconds is given up. */
  readonly withinMs: number
}

/**
 * Has nobody fill the memory, or keep the place of others, with bodies in this scope: what counts is what came, not what was announced.
 */
export function limitBodies(scope: FastifyInstance, { bytesAtOnce, withinMs }: BodyLimits): void {
  let held = 0
  scope.addHook('preParsing', async (_request, reply, payload) => {
    let mine = 0
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (held + chunk.length > bytesAtOnce) {
          reply.header('retry-after', '1')
          done(new OptioError('RATE_LIMITED', 'Too much comes at the same time. Send it again in a second.'))
          return
        }
        held += chunk.length
        mine += chunk.length
        done(null, chunk)
      },
    })
    const timer = setTimeout(
      () =>
        counted.destroy(
          new OptioError('VALIDATION', `The body did not come within ${withinMs / 1000} seconds.`),
        ),
      withinMs,
    )
    counted.once('end', () => clearTimeout(timer))
    payload.once('error', (error: Error) => counted.destroy(error))
    reply.raw.once('close', () => {
      clearTimeout(timer)
      held -= mine
      mine = 0
      counted.destroy()
    })
    return payload.pipe(counted)
  })
}
