import { OptioError, routes } from '@optio/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Database } from '../../database/connection.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import { answerError } from '../../http/error-answer.ts'
import { handle } from '../../http/register.ts'
import type { RepoService } from '../repos/service.ts'
import { limitBodies } from './body-limits.ts'
import { listDeliveries, toDelivery } from './deliveries.ts'
import type { GithubService } from './service.ts'
import { isSignature } from './signature.ts'

/** Largest payload GitHub sends, in bytes; more is 413. */
const BODY_LIMIT = 25 * 1024 * 1024

/** Bytes of deliveries that are held at the same time, at most. */
const BYTES_AT_ONCE = 4 * BODY_LIMIT

/** GitHub itself gives a delivery up after so long. In milliseconds. */
const BODY_WITHIN_MS = 10_000

export interface GithubRouteDeps {
  readonly database: Database
  readonly repos: Pick<RepoService, 'get' | 'refOf'>
  readonly github: GithubService
}

export function githubRoutes(app: FastifyInstance, { database, repos, github }: GithubRouteDeps): void {
  handle(app, routes.github.status, async ({ identity }) => ({
    github: await github.status(identity.workspaceId),
  }))
  handle(app, routes.github.deliveries, async ({ identity, query }) => {
    const { rows, answer } = await listDeliveries(database, identity.workspaceId, query)
    return { deliveries: rows.map(toDelivery), ...answer }
  })
  handle(app, routes.github.webhook, async ({ identity, params }) => ({
    webhook: toWebhook(await repos.get(identity, params.id)),
  }))
  handle(app, routes.github.installWebhook, async ({ identity, params, body }) => {
    const row = await repos.get(identity, params.id)
    return { webhook: toWebhook(await github.install(row, repos.refOf(row), body?.url ?? null)) }
  })
  receiveRoute(app, github)
}

function toWebhook(row: RepositoryRow) {
  return {
    hookId: row.webhookId,
    url: row.webhookUrl,
    lastDeliveryAt: row.webhookSeenAt?.toISOString() ?? null,
  }
}

/** In a scope of its own: its bodies come as they are, because the signature is of the bytes. */
function receiveRoute(app: FastifyInstance, github: Pick<GithubService, 'receive' | 'requireSecret'>): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT }, (_request, body, done) =>
      done(null, body),
    )
    scope.setErrorHandler((error, request, reply) => answerError(inWords(error), request, reply))
    refuseEarly(scope, github)
    limitBodies(scope, { bytesAtOnce: BYTES_AT_ONCE, withinMs: BODY_WITHIN_MS })

    handle(scope, routes.github.receive, async ({ request, reply }) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const state = await github.receive({
        body,
        event: header(request, 'x-github-event'),
        id: header(request, 'x-github-delivery'),
        signature: header(request, 'x-hub-signature-256') ?? '',
        hookId: header(request, 'x-github-hook-id'),
        contentType: request.headers['content-type'],
      })
      if (state !== 'queued') reply.code(200)
      return { ok: true as const, state }
    })
  })
}

/** Of what cannot be signed by anybody here, nothing is read. */
function refuseEarly(scope: FastifyInstance, github: Pick<GithubService, 'requireSecret'>): void {
  scope.addHook('onRequest', async (request) => {
    if (!isSignature(header(request, 'x-hub-signature-256'))) {
      throw new OptioError(
        'HOOK_SIGNATURE',
        'Deliveries are signed: set the same secret for the webhook on GitHub as GITHUB_WEBHOOK_SECRET here.',
      )
    }
    await github.requireSecret()
  })
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

function inWords(error: unknown): unknown {
  const { code } = error as { code?: unknown }
  if (code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return error
  return new OptioError('PAYLOAD_TOO_LARGE', 'A delivery of GitHub has at most 25 MiB.')
}
