import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswer } from '../../no-answer.ts'
import type { GithubAddresses } from '../addresses.ts'
import type { CredentialFor } from '../credential.ts'
import { fields, text } from '../shape.ts'
import { type Account, createAccounts } from './accounts.ts'
import {
  type GithubClient,
  GraphqlNotServed,
  type Priority,
  type RestAnswer,
  type RestRequest,
  type TextAnswer,
  type TextRequest,
} from './client.ts'
import { createEtagCache } from './etag-cache.ts'
import { readGraphql } from './graphql-answer.ts'
import { judge, refusedCredential } from './judge.ts'
import { createTransport, type Received } from './transport.ts'

export interface GithubClientOptions {
  readonly addresses: GithubAddresses
  readonly credentialFor: CredentialFor
  /** Share of every limit that is kept for people, 0 to 1; default 0.2. */
  readonly reserve?: number
  /** What Optio calls itself, `optio/<version>`. */
  readonly userAgent?: string
  /** Between two writes with one credential, milliseconds; default 1000. */
  readonly writeGapMs?: number
  /** For one request and its answer, milliseconds; default 20,000. */
  readonly timeoutMs?: number
  /** Before what failed is sent once more, milliseconds; default 500. */
  readonly retryDelayMs?: number
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Told when GitHub asks for less. */
  readonly onLimited?: (account: string, error: NoAnswer) => void
  /** Told of every answer that came. */
  readonly onAnswer?: (resource: 'core' | 'graphql', status: number) => void
}

const MAX_BYTES = 8 * 1024 * 1024
const API_VERSION = '2022-11-28'
const ACCEPT = 'application/vnd.github+json'
/** Whose a credential is changes only when its owner takes another name. */
const LOGIN_MS = 60 * 60_000

/** A request, and how it is treated. */
interface Errand {
  readonly method: string
  readonly url: string
  readonly body: unknown
  readonly maxBytes: number
  readonly headers: Readonly<Record<string, string>>
  readonly resource: 'core' | 'graphql'
  readonly isWrite: boolean
  readonly idempotent: boolean
  readonly priority: Priority
}

export function createGithubClient(options: GithubClientOptions): GithubClient {
  const { addresses, retryDelayMs = 500, timeoutMs = 20_000, userAgent = 'optio' } = options
  const now = options.now ?? Date.now
  const { credentialFor, reserve = 0.2, writeGapMs = 1000 } = options
  const accounts = createAccounts({ credentialFor, reserve, writeGapMs, now })
  const transport = createTransport({ userAgent })
  const cache = createEtagCache({ entries: 4000, bytes: 16 * 1024 * 1024 })
  const host = new URL(addresses.apiUrl).hostname
  const isHosted = host === 'api.github.com' || host.endsWith('.ghe.com')

  const headersFor = (account: Account, headers: Readonly<Record<string, string>>) => ({
    accept: ACCEPT,
    'user-agent': userAgent,
    ...(isHosted ? { 'x-github-api-version': API_VERSION } : {}),
    ...headers,
    authorization: `Bearer ${account.credential.token}`,
  })

  /** Runs in a lane of the account. The limit is asked when it is its turn: what was sent meanwhile may have used it up. */
  const inTurn = async <T>(
    account: Account,
    { isWrite, priority, resource }: Pick<Errand, 'isWrite' | 'priority' | 'resource'>,
    task: () => Promise<T>,
  ): Promise<T> =>
    await account.lanes.run(isWrite ? 'write' : 'read', priority, async () => {
      const done = account.limits.begin(resource, priority)
      try {
        return await task()
      } catch (error) {
        if (error instanceof NoAnswer && error.reason === 'limited') options.onLimited?.(account.key, error)
        throw error
      } finally {
        done()
      }
    })

  const attempt = (account: Account, errand: Errand): Promise<Received> =>
    inTurn(account, errand, async () => {
      const headers = headersFor(account, errand.headers)
      const answer = await transport.send({ ...errand, headers, timeoutMs })
      options.onAnswer?.(errand.resource, answer.status)
      judge(account, errand.resource, answer)
      return answer
    })

  const carry = async (account: Account, errand: Errand): Promise<Received> => {
    try {
      return await attempt(account, errand)
    } catch (error) {
      const mayPass =
        error instanceof NoAnswer && (error.reason === 'failing' || error.reason === 'unreachable')
      if (!mayPass || !errand.idempotent) throw error
      await sleep(retryDelayMs * (0.5 + Math.random()))
      return await attempt(account, errand)
    }
  }

  const restAs = async <T>(account: Account, request: RestRequest): Promise<RestAnswer<T>> => {
    const { method, priority, body, maxBytes = MAX_BYTES, accept = ACCEPT } = request
    const url = `${addresses.apiUrl}${request.path}${queryOf(request.query)}`
    const isCached = method === 'GET' && request.etag === undefined
    // What one credential sees another may not.
    const key = `${account.key} ${accept} ${url}`
    const kept = isCached ? cache.get(key) : null
    const etag = request.etag ?? kept?.etag
    const answer = await carry(account, {
      method,
      url,
      body,
      maxBytes,
      headers: { accept, ...(etag === undefined ? {} : { 'if-none-match': etag }) },
      resource: 'core',
      isWrite: method !== 'GET',
      idempotent: request.idempotent ?? (method !== 'POST' && method !== 'PATCH'),
      priority,
    })
    const { status, headers, bytes } = answer
    if (status === 304 && kept !== null) {
      return {
        status: 200,
        data: kept.data as T,
        headers: { ...kept.headers, ...headers },
        notModified: true,
      }
    }
    const data = (answer.data === '' ? null : answer.data) as T
    if (isCached && status === 200 && headers.etag !== undefined) {
      cache.set(key, { etag: headers.etag, data, headers, bytes })
    }
    return { status, data, headers, notModified: status === 304 }
  }

  const textAs = async (account: Account, request: TextRequest): Promise<TextAnswer> =>
    await inTurn(account, { isWrite: false, priority: request.priority, resource: 'core' }, async () => {
      const url = `${addresses.apiUrl}${request.path}`
      const headers = headersFor(account, {})
      const { tailBytes } = request
      const answer = await transport.tail({ url, headers, tailBytes, timeoutMs: 3 * timeoutMs })
      const { status, text, truncated } = answer
      account.limits.learn('core', answer.headers)
      const limit = account.limits.limitOf('core', { status, headers: answer.headers, message: '' })
      if (limit !== null) throw limit
      if (status === 401) throw refusedCredential(account.credential, '')
      if (status >= 500)
        throw new NoAnswer('failing', `GitHub answered with an error of its own (${status}).`)
      return { status, text, truncated }
    })

  return {
    addresses,
    rest: async (request) => await restAs(await accounts.of(request.about), request),
    text: async (request) => await textAs(await accounts.of(request.about), request),
    graphql: async (document, variables, about, priority) => {
      const account = await accounts.of(about)
      const isWrite = /^\s*mutation\b/.test(document)
      const answer = await carry(account, {
        method: 'POST',
        url: addresses.graphqlUrl,
        body: { query: document, variables },
        maxBytes: MAX_BYTES,
        headers: {},
        resource: 'graphql',
        isWrite,
        idempotent: !isWrite,
        priority,
      })
      if (answer.status === 404 || answer.status === 501) throw new GraphqlNotServed()
      return readGraphql(answer, account.limits)
    },
    login: async (about) => {
      const account = await accounts.of(about)
      if (account.login !== null && now() - account.login.at < LOGIN_MS) return account.login.name
      const asked = { method: 'GET', path: '/user', priority: 'background', about } as const
      const { status, data } = await restAs<unknown>(account, asked)
      // The credential of an app is nobody's: 403.
      const name = status === 200 ? text(fields(data, 'an account'), 'login') : null
      account.login = { name, at: now() }
      return name
    },
    credentialKey: async (about) => (await accounts.of(about)).key,
    limits: () => accounts.limits(),
  }
}

function queryOf(query: RestRequest['query']): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.append(name, String(value))
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}
