import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { RepoService } from './service.ts'
import { toRepo } from './view.ts'

export function repoRoutes(app: FastifyInstance, service: RepoService): void {
  handle(app, routes.repos.list, async ({ identity, query }) => {
    const { rows, answer } = await service.list(identity, query)
    return { repos: rows.map(toRepo), ...answer }
  })
  handle(app, routes.repos.connect, async ({ identity, body }) => ({
    repo: toRepo(await service.connect(identity, body)),
  }))
  handle(app, routes.repos.get, async ({ identity, params }) => ({
    repo: toRepo(await service.get(identity, params.id)),
  }))
  handle(app, routes.repos.edit, async ({ identity, params, body }) => ({
    repo: toRepo(await service.edit(identity, params.id, body)),
  }))
  handle(app, routes.repos.detect, async ({ identity, params }) => ({
    detected: await service.detect(identity, params.id),
  }))
  handle(app, routes.repos.disconnect, async ({ identity, params }) => {
    await service.disconnect(identity, params.id)
    return undefined
  })
}
