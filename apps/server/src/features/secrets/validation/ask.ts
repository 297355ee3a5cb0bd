/** What a service answered about a credential. */
export interface Asked {
  readonly status: number
  readonly headers: Headers
  /** The answer as JSON; null when it is none, or too long. */
  readonly body: unknown
}

export interface Question {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

const WITHIN_MS = 5_000
const LONGEST_ANSWER = 256 * 1024

/**
 * Asks once and follows nobody elsewhere: the credential goes to the host that is named, and to no other. Throws when there is no
 * answer within five seconds.
 */
export async function ask({ url, method = 'GET', headers, body }: Question): Promise<Asked> {
  const response = await fetch(url, {
    method,
    headers: { 'user-agent': 'optio', accept: 'application/json', ...headers },
    redirect: 'manual',
    signal: AbortSignal.timeout(WITHIN_MS),
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, headers: response.headers, body: await readJson(response) }
}

async function readJson(response: Response): Promise<unknown> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.length
    if (size > LONGEST_ANSWER) {
      await response.body?.cancel().catch(() => undefined)
      return null
    }
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    return null
  }
}

/** A field of JSON by its path; null when it is no text. */
export function textAt(value: unknown, ...path: readonly string[]): string | null {
  let at = value
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return null
    at = (at as Record<string, unknown>)[name]
  }
  return typeof at === 'string' && at !== '' ? at : null
}
