import type { IncomingMessage } from 'node:http'
import type { SeenRequest } from '../control/faults.ts'
import type { Webhooks } from '../control/webhooks.ts'
import type { Graphql } from '../graphql/graphql.ts'
import { Rest, refusalAnswer } from '../rest/router.ts'
import { storedLog } from '../rest/routes/actions.ts'
import type { Token } from '../state/account.ts'
import { Refusal } from '../state/refusal.ts'
import type { World } from '../state/world.ts'
import { type Answer, conditional, jsonAnswer, textAnswer, withHeaders } from './answer.ts'
import { liveToken, sentToken } from './credentials.ts'
import type { FaultDesk } from './fault-desk.ts'
import { GitFront } from './git-front.ts'
import type { RateLimits } from './limits.ts'
import type { OpenRequest, Requests } from './request-log.ts'
import { readBody } from './server.ts'

const API = '/api/v3'
const GRAPHQL = '/api/graphql'

/** Everything behind one address: who asks, what goes wrong, what it costs, and which part answers. */
export class Front {
  readonly #world: World
  readonly #faults: FaultDesk
  readonly #requests: Requests
  readonly #limits: RateLimits
  readonly #rest: Rest
  readonly #git: GitFront
  readonly #graphql: Graphql | null

  constructor(parts: {
    world: World
    faults: FaultDesk
    requests: Requests
    limits: RateLimits
    webhooks: Webhooks
    graphql: Graphql | null
  }) {
    this.#world = parts.world
    this.#faults = parts.faults
    this.#requests = parts.requests
    this.#limits = parts.limits
    this.#rest = new Rest(parts.world, parts.limits, parts.webhooks)
    this.#git = new GitFront(parts.world)
    this.#graphql = parts.graphql
  }

  /** Null: the connection is to be closed without an answer. */
  async serve(request: IncomingMessage, url: URL): Promise<Answer | null> {
    const { surface, path } = placeOf(url.pathname)
    const sent = sentToken(request.headers)
    const token = sent === null ? null : liveToken(this.#world, sent)
    // A push is streamed to git; everything else is small.
    const body = surface === 'git' ? null : await readBody(request)
    const open = this.#requests.add({
      method: request.method ?? 'GET',
      path,
      search: url.search.slice(1),
      surface,
      login: token?.user.login ?? null,
      conditional:
        request.headers['if-none-match'] !== undefined || request.headers['if-modified-since'] !== undefined,
      body: parsed(body),
      at: this.#world.clock.now(),
    })
    if ((await this.#faults.pass(open, 'before')) === 'drop') return null
    const answer =
      this.#faults.failureFor(open) ??
      (sent !== null && token === null && surface !== 'web'
        ? badCredentials(surface)
        : await this.#carryOut(request, url, open, token, body))
    if ((await this.#faults.pass(open, 'after')) === 'drop') return null
    open.status = answer.status
    return answer
  }

  async #carryOut(
    request: IncomingMessage,
    url: URL,
    open: OpenRequest,
    token: Token | null,
    body: Buffer | null,
  ): Promise<Answer> {
    if (open.surface === 'git') return await this.#git.answer(request, open.path, url.search.slice(1), token)
    if (open.surface === 'web') return this.#web(url)
    if (request.headers['user-agent'] === undefined) {
      return textAnswer(
        403,
        '\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).\r\n',
      )
    }
    if (open.surface === 'graphql') return await this.#askGraphql(open, token)
    return await this.#askRest(request, url, open, token, body)
  }

  async #askRest(
    request: IncomingMessage,
    url: URL,
    open: OpenRequest,
    token: Token | null,
    body: Buffer | null,
  ): Promise<Answer> {
    // Asking for the limits is free, and possible when nothing is left.
    const isFree = open.path === '/rate_limit'
    if (!isFree && !this.#limits.allows(token, 'core')) return this.#exhausted(token)
    if (body !== null && body.length > 0 && open.body === null) {
      return refusalAnswer(new Refusal(400, 'Problems parsing JSON'))
    }
    const reading = open.method === 'GET' || open.method === 'HEAD'
    const made = await this.#rest.answer({
      method: open.method,
      path: open.path,
      query: url.searchParams,
      body: open.body,
      accept: request.headers.accept ?? '',
      token,
    })
    const answer = reading
      ? conditional(made, request.headers['if-none-match'], request.headers['if-modified-since'])
      : made
    if (!isFree && answer.status !== 304) {
      this.#limits.spend(token, 'core', 1)
      this.#requests.spent(open, 'core', 1)
    }
    return withHeaders(answer, {
      ...this.#limits.headers(token, 'core'),
      ...apiHeaders(token),
      vary: 'Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding',
    })
  }

  async #askGraphql(open: OpenRequest, token: Token | null): Promise<Answer> {
    if (this.#graphql === null) return refusalAnswer(new Refusal(404, 'Not Found'))
    if (token === null)
      return refusalAnswer(new Refusal(401, 'This endpoint requires you to be authenticated.'))
    if (open.method !== 'POST') return refusalAnswer(new Refusal(404, 'Not Found'))
    if (!this.#limits.allows(token, 'graphql')) {
      const message = `API rate limit already exceeded for user ID ${token.user.id}.`
      const errors = [{ type: 'RATE_LIMIT', code: 'graphql_rate_limit', message }]
      return withHeaders(jsonAnswer(200, { errors }), this.#limits.headers(token, 'graphql'))
    }
    const { body, cost } = await this.#graphql.answer(open.body, token)
    this.#limits.spend(token, 'graphql', cost)
    this.#requests.spent(open, 'graphql', cost)
    return jsonAnswer(200, body, { ...this.#limits.headers(token, 'graphql'), ...apiHeaders(token) })
  }

  #exhausted(token: Token | null): Answer {
    const who = token === null ? '127.0.0.1' : `user ID ${token.user.id}`
    const answer = refusalAnswer(new Refusal(403, `API rate limit exceeded for ${who}.`))
    return withHeaders(answer, this.#limits.headers(token, 'core'))
  }

  /** The store of logs; and a page for whoever opens one. */
  #web(url: URL): Answer {
    const log = /^\/_logs\/(\d+)\/(\d+)$/.exec(url.pathname)
    const repository = log === null ? undefined : this.#world.repositories.get(Number(log[1]))
    if (log === null) return textAnswer(200, 'A stand-in of GitHub. It has no pages.\n')
    const text =
      repository === undefined
        ? null
        : storedLog(
            repository,
            Number(log[2]),
            Number(url.searchParams.get('until')),
            this.#world.clock.now(),
          )
    return text === null ? textAnswer(404, 'Gone.\n') : textAnswer(200, text)
  }
}

function placeOf(pathname: string): { surface: SeenRequest['surface']; path: string } {
  if (pathname === GRAPHQL) return { surface: 'graphql', path: '/graphql' }
  if (pathname === API || pathname.startsWith(`${API}/`)) {
    const path = pathname.slice(API.length).replace(/(.)\/$/, '$1')
    return { surface: 'rest', path: path === '' ? '/' : path }
  }
  if (/\/(info\/refs|git-(upload|receive)-pack)$/.test(pathname)) return { surface: 'git', path: pathname }
  return { surface: 'web', path: pathname }
}

function parsed(body: Buffer | null): unknown {
  if (body === null || body.length === 0) return null
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

function apiHeaders(token: Token | null): Record<string, string> {
  return {
    'x-github-media-type': 'github.v3; format=json',
    'x-github-enterprise-version': 'enterprise-server@3.17.0',
    ...(token?.scopes ? { 'x-oauth-scopes': token.scopes.join(', '), 'x-accepted-oauth-scopes': '' } : {}),
  }
}

function badCredentials(surface: SeenRequest['surface']): Answer {
  if (surface !== 'git') return refusalAnswer(new Refusal(401, 'Bad credentials'))
  return textAnswer(401, 'remote: Invalid username or token.\n', {
    'www-authenticate': 'Basic realm="GitHub"',
  })
}
