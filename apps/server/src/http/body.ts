import { OptioError } from '@optio/contract'
import type { FastifyInstance } from 'fastify'

/** Largest body in bytes; more is 413. */
export const BODY_LIMIT = 4 * 1024 * 1024

/** Bodies are JSON in UTF-8 or absent, whatever content type an empty one claims to be. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  const decoder = new TextDecoder('utf-8', { fatal: true })

  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined)
    let text: string
    try {
      text = decoder.decode(body)
    } catch {
      return done(new OptioError('VALIDATION', 'The body is not valid UTF-8.'))
    }
    parse(request, text, (error, value) => {
      if (error)
        done(new OptioError('VALIDATION', `The body cannot be read as JSON: ${shorten(error.message)}`))
      else done(null, value)
    })
  })

  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined)
    done(
      new OptioError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as JSON, with content-type: application/json.'),
    )
  })
}

/** Engines quote the text around the error; a body is not ours to repeat at length. */
function shorten(message: string): string {
  return message.length > 200 ? `${message.slice(0, 200)}…` : message
}
