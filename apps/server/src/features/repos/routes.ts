import { OptioError, routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { RepoService } from './service.ts'
import { toRepo } from './view.ts'

export function repoRoutes(app: FastifyInstance, service: RepoService): void {
  handle(app, routes.repos.list, async ({ identity, query }) => {
    const { rows, answer } = await service.list(identity, query)
    return { repos: rows.map(toRepo), ...answer }
  })
  handle(
    app,
    routes.repos.connect,
    async ({ identity, body, newId }) => ({ repo: toRepo(await service.connect(identity, body, newId)) }),
    {
      // By its address: one that was connected before is connected again under the id it had.
      created: async ({ identity, body, newId }) => {
        const connected = await service.findByUrl(identity.workspaceId, body.repoUrl)
        if (connected === null) throw new OptioError('REPO_NOT_FOUND', `There is no repository ${newId}.`)
        return { repo: toRepo(connected) }
      },
    },
  )
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
