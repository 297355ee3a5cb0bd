import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { TaskTemplateService } from './service.ts'

export function taskTemplateRoutes(app: FastifyInstance, service: TaskTemplateService): void {
  handle(app, routes.taskTemplates.list, async ({ identity, query }) => {
    const { rows, answer } = await service.list(identity, query)
    return { templates: [...rows], ...answer }
  })
  handle(
    app,
    routes.taskTemplates.create,
    async ({ identity, body, newId }) => ({ template: await service.create(identity, body, newId) }),
    { created: async ({ identity, newId }) => ({ template: await service.get(identity, newId) }) },
  )
  handle(app, routes.taskTemplates.get, async ({ identity, params }) => ({
    template: await service.get(identity, params.id),
  }))
  handle(app, routes.taskTemplates.edit, async ({ identity, params, body }) => ({
    template: await service.edit(identity, params.id, body),
  }))
  handle(app, routes.taskTemplates.remove, async ({ identity, params }) => {
    await service.remove(identity, params.id)
    return undefined
  })
}
