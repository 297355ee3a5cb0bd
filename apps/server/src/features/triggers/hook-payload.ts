import { brokenJson, OptioError } from '@optio/contract'

type Parse = (text: string) => Promise<unknown>

/**
 * The JSON object in the body of a webhook; an empty body is an empty one. Throws UNSUPPORTED_MEDIA_TYPE, or VALIDATION for what is no
 * object that could be stored.
 */
export async function readPayload(
  body: Buffer,
  contentType: string | undefined,
  parse: Parse,
): Promise<Record<string, unknown>> {
  if (body.length === 0) return {}
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')) {
    throw new OptioError(
      'UNSUPPORTED_MEDIA_TYPE',
      'Send the payload as a JSON object, with content-type: application/json. Forms are not taken.',
    )
  }
  const payload = await parse(decode(body))
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw refusal('The payload must be a JSON object, such as {"name": "value"}.')
  }
  const broken = brokenJson(payload)
  if (broken !== null) throw refusal(`The payload ${broken}.`)
  return payload as Record<string, unknown>
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw refusal('The payload is not valid UTF-8.')
  }
}

export function refusal(message: string): OptioError {
  return new OptioError('VALIDATION', message)
}
