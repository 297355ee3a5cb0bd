import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { PullRequestService } from './service.ts'

export function pullRequestRoutes(app: FastifyInstance, service: PullRequestService): void {
  handle(app, routes.pullRequests.get, async (given) => ({ pullRequest: await service.get(runRefOf(given)) }))
  handle(app, routes.pullRequests.file, async (given) => ({
    file: await service.file(runRefOf(given), given.query.path),
  }))
  handle(
    app,
    routes.pullRequests.review,
    async (given) => ({
      review: await service.review(runRefOf(given), given.body, given.identity.userId, given.newId),
    }),
    { created: async (given) => ({ review: await service.reviewed(runRefOf(given), given.newId) }) },
  )
  handle(app, routes.pullRequests.merge, async (given) => {
    const { method = null, force, expectedHeadSha } = given.body ?? {}
    const options = { method, force: force ?? false, expectedHeadSha: expectedHeadSha ?? null }
    return { pullRequest: await service.merge(runRefOf(given), options, given.identity.userId) }
  })
  handle(app, routes.pullRequests.close, async (given) => ({
    pullRequest: await service.close(runRefOf(given), given.identity.userId),
  }))
}
