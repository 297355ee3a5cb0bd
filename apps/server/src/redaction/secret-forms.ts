/** Words shorter than this are no secrets: taking them out would tear texts apart. */
export const SHORTEST_SECRET = 8

/** Of a value with several lines, the ones that are long enough to be a part of a key. */
const SHORTEST_LINE = 16

/** As many lines of a value, or of its base64, are looked for by themselves. */
const MOST_LINES = 500

/** Widths of the lines in which programs print base64: `base64` and MIME, and PEM. */
const WIDTHS = [76, 64]

export function isSecret(value: string): boolean {
  return value.trim().length >= SHORTEST_SECRET
}

/**
 * How a secret can stand in a text: as it is, escaped for JSON (also twice, also as ASCII) and for URLs, and in base64 wherever it lies
 * in what was encoded. Of one with several lines, and of the lines of base64 of a long one, also each of them, since logs are read by
 * lines. What is redacted and what is kept from being published goes by this one list.
 */
export function formsOf(value: string): string[] {
  // Space around it is often lost on the way, and is no part of what has to be hidden.
  const secret = value.trim()
  const forms = [
    secret,
    ...jsonForms(secret),
    ...urlForms(secret),
    ...base64Forms(secret),
    ...wrappedBase64(secret),
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

/** It can begin at three places of a group of bytes. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [0, 1, 2].flatMap((offset) => {
    const core = base64Core(bytes, offset)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}

/** What is the same in the base64 of any text with these bytes at this place of a group of three. */
function base64Core(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  // The first and the last characters hold bits of what stands around the secret.
  const first = offset === 0 ? 0 : offset + 1
  const end = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1
  return encoded.slice(first, end)
}

/** The lines of its base64, as it is printed when it is encoded by itself. */
function wrappedBase64(secret: string): string[] {
  const encoded = base64Core(Buffer.from(secret), 0)
  return WIDTHS.flatMap((width) => {
    if (encoded.length <= width) return []
    const lines = Array.from({ length: Math.ceil(encoded.length / width) }, (_, i) =>
      encoded.slice(i * width, (i + 1) * width),
    )
    return lines.filter(({ length }) => length >= SHORTEST_LINE).slice(0, MOST_LINES)
  })
}

/** Without the frame of a key in PEM, which is no secret. */
function linesOf(secret: string): string[] {
  if (!secret.includes('\n')) return []
  return secret
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'))
    .slice(0, MOST_LINES)
}
