import { createHash } from 'node:crypto'

/** What will be sent, if nothing comes between. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const NO_BODY = Buffer.alloc(0)

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  }
}

export function textAnswer(
  status: number,
  text: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    body: Buffer.from(text),
  }
}

export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers, body: NO_BODY }
}

export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } }
}

/** A GET that went well gets an ETag of its body and, where it is known, when it changed last; it is 304 to who has it already. */
export function conditional(
  answer: Answer,
  ifNoneMatch: string | undefined,
  ifModifiedSince: string | undefined,
): Answer {
  if (answer.status !== 200) return answer
  const etag = `"${createHash('sha256').update(answer.body).digest('hex')}"`
  const tagged = withHeaders(answer, {
    etag: `W/${etag}`,
    'cache-control': 'private, max-age=60, s-maxage=60',
  })
  const { 'content-type': _type, ...headers } = tagged.headers
  if (ifNoneMatch !== undefined) {
    const known = ifNoneMatch.split(',').map((each) => each.trim().replace(/^W\//, ''))
    return known.includes(etag) || known.includes('*') ? emptyAnswer(304, headers) : tagged
  }
  const modified = answer.headers['last-modified']
  if (ifModifiedSince !== undefined && modified !== undefined) {
    return Date.parse(modified) <= Date.parse(ifModifiedSince) ? emptyAnswer(304, headers) : tagged
  }
  return tagged
}
