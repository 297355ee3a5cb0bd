import { Octokit } from '@octokit/core'
import { NoAnswer } from '../../no-answer.ts'
import { isLoopback } from '../addresses.ts'

/** Hops of a request: a repository may have been renamed more than once. */
const MAX_HOPS = 4

export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly maxBytes: number
  readonly timeoutMs: number
}

export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly data: unknown
  readonly bytes: number
}

export interface Transport {
  /** One request and its answer, whatever the status. Follows redirects within the same server. Throws `NoAnswer`. */
  send(request: Sent): Promise<Received>
  /** The end of a text; a redirect leads anywhere, and is followed without the credential. Throws `NoAnswer`. */
  tail(request: TailRequest): Promise<Tail>
}

export interface TailRequest extends Pick<Sent, 'url' | 'headers' | 'timeoutMs'> {
  /** Bytes of the end that are kept. */
  readonly tailBytes: number
}

export interface Tail extends Pick<Received, 'status' | 'headers'> {
  /** Of 200; else empty. */
  readonly text: string
  /** Something came before it. */
  readonly truncated: boolean
}

/** Most of a text that is read in order to keep its end. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024

/** Sends requests through Octokit: its endpoints, its errors. Bodies are read here, so that one that breaks off is never taken for one. */
export function createTransport(options: { readonly userAgent: string }): Transport {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const octokit = new Octokit({ userAgent: options.userAgent, log: silent })

  const once = async (request: Sent): Promise<Received> => {
    let bytes = 0
    const fetchWhole: typeof fetch = async (url, init) => {
      const response = await fetch(url, init)
      const body = await readBody(response, request.maxBytes)
      bytes = body.length
      const isEmpty = response.status === 204 || response.status === 205 || response.status === 304
      return new Response(isEmpty ? null : body, { status: response.status, headers: response.headers })
    }
    const signal = AbortSignal.timeout(request.timeoutMs)
    try {
      const { status, headers, data } = await octokit.request({
        method: request.method,
        url: request.url,
        headers: { ...request.headers },
        ...(request.body === undefined ? {} : { data: request.body }),
        request: { fetch: fetchWhole, redirect: 'manual', signal, log: silent },
      })
      return { status, headers: textOnly(headers), data, bytes }
    } catch (error) {
      const answered = answerIn(error)
      if (answered !== null) return { ...answered, bytes }
      throw noAnswerFor(error, request.url)
    }
  }

  return {
    send: async (request) => {
      let current = request
      for (let hop = 0; hop < MAX_HOPS; hop++) {
        const answer = await once(current)
        const target = redirectOf(answer, current.url)
        if (target === null) return answer
        if (target.origin !== new URL(request.url).origin) {
          throw new NoAnswer('failing', `GitHub sends the request on to another server, ${target.host}.`)
        }
        current = { ...current, url: target.href }
      }
      throw new NoAnswer('failing', 'GitHub sends the request on and on.')
    },
    tail: async (request) => {
      let url = request.url
      let headers = request.headers
      for (let hop = 0; hop < MAX_HOPS; hop++) {
        const answer = await fetchTail({ ...request, url, headers })
        const target = redirectOf(answer, url)
        if (target === null) return answer
        const isSafe = target.protocol === 'https:' || (target.protocol === 'http:' && isLoopback(target))
        if (!isSafe) throw new NoAnswer('failing', `GitHub sends the request on to ${target.protocol}//.`)
        if (target.origin !== new URL(url).origin) headers = { 'user-agent': options.userAgent }
        url = target.href
      }
      throw new NoAnswer('failing', 'GitHub sends the request on and on.')
    },
  }
}

async function fetchTail({ url, headers, timeoutMs, tailBytes }: TailRequest): Promise<Tail> {
  try {
    const response = await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const isText = response.status === 200
    const { tail, total } = await readTail(response, isText ? tailBytes : 0)
    const { status } = response
    const truncated = isText && total > tail.length
    return { status, headers: Object.fromEntries(response.headers), text: tail.toString('utf8'), truncated }
  } catch (error) {
    throw noAnswerFor(error, url)
  }
}

/** Throws `NoAnswer` beyond `maxBytes`, and whatever broke it off. */
async function readBody(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new NoAnswer('failing', 'The answer of GitHub is larger than it may be.')
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

async function readTail(response: Response, keep: number): Promise<{ tail: Buffer; total: number }> {
  let parts: Uint8Array[] = []
  let kept = 0
  let total = 0
  for await (const chunk of response.body ?? []) {
    total += chunk.length
    if (total > MAX_TEXT_BYTES) break
    parts.push(chunk)
    kept += chunk.length
    if (kept <= 2 * keep + 65_536) continue
    const tail = keep === 0 ? Buffer.alloc(0) : Buffer.concat(parts).subarray(-keep)
    parts = [tail]
    kept = tail.length
  }
  const whole = Buffer.concat(parts)
  return { tail: keep === 0 ? Buffer.alloc(0) : whole.subarray(-keep), total }
}

/** Octokit throws for 304 and for everything from 400 on; with it comes the answer, unless there was none. */
function answerIn(error: unknown): Omit<Received, 'bytes'> | null {
  const { response } = (error ?? {}) as { response?: { status: number; headers: object; data: unknown } }
  if (response === undefined) return null
  return { status: response.status, headers: textOnly(response.headers), data: response.data }
}

function textOnly(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
}

function redirectOf({ status, headers }: Pick<Received, 'status' | 'headers'>, url: string): URL | null {
  if (![301, 302, 307, 308].includes(status) || headers.location === undefined) return null
  try {
    return new URL(headers.location, url)
  } catch {
    throw new NoAnswer('failing', 'GitHub sends the request on to something that is no address.')
  }
}

/** What an exception of `fetch` means, in words that name the server and nothing of the request. */
function noAnswerFor(error: unknown, url: string): NoAnswer {
  const { host } = new URL(url)
  let code: string | null = null
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause instanceof NoAnswer) return cause
    if (cause.name === 'TimeoutError' || cause.name === 'AbortError') {
      return new NoAnswer('unreachable', `${host} did not answer in time.`)
    }
    const own = (cause as NodeJS.ErrnoException).code
    if (typeof own === 'string' && /^[A-Z][A-Z0-9_]{2,60}$/.test(own)) code = own
  }
  return new NoAnswer('unreachable', `${host} could not be reached${code === null ? '' : ` (${code})`}.`)
}
