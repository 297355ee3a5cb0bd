/** Words shorter than this are no secrets: taking them out would tear texts apart. */
export const SHORTEST_SECRET = 8

/** Of a value with several lines, the ones that are long enough to be a part of a key. */
const SHORTEST_LINE = 16

export function isSecret(value: string): boolean {
  return value.trim().length >= SHORTEST_SECRET
}

/**
 * How a secret can stand in a text: as it is, escaped for JSON (also twice, also as ASCII) and for URLs, and in base64 wherever it lies
 * in what was encoded. Of one with several lines also each of them, since logs are read by lines. What is redacted and what is kept from
 * being published goes by this one list.
 */
export function formsOf(value: string): string[] {
  // Space around it is often lost on the way, and is no part of what has to be hidden.
  const secret = value.trim()
  const forms = [
    secret,
    ...jsonForms(secret),
    ...urlForms(secret),
    ...base64Forms(secret),
    ...linesOf(secret).flatMap((line) => [line, ...jsonForms(line)]),
  ]
  return [...new Set(forms)]
}

function jsonForms(secret: string): string[] {
  const escaped = inJson(secret)
  const ascii = escaped.replace(/[^\x20-\x7e]/g, (character) => unicodeEscape(character))
  const slashes = escaped.replaceAll('/', '\\/')
  return [escaped, inJson(escaped), ascii, inJson(ascii), slashes]
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** For a path or a query, and as a form has it; some programs write the digits small. */
function urlForms(secret: string): string[] {
  // Halves of a surrogate pair cannot be in a URL.
  const whole = secret.replace(/\p{Surrogate}/gu, '\ufffd')
  const query = encodeURIComponent(whole)
  const form = new URLSearchParams([['', whole]]).toString().slice(1)
  return [query, form].flatMap((each) => [each, each.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
}

/** What is the same in the base64 of any text with the secret in it: it can begin at three places of a group of bytes. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The first and the last characters hold bits of what stands around the secret.
    const first = offset === 0 ? 0 : offset + 1
    const end = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1
    const core = encoded.slice(first, end)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** Without the frame of a key in PEM, which is no secret. */
function linesOf(secret: string): string[] {
  if (!secret.includes('\n')) return []
  return secret
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))
}
