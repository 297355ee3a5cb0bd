import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { PromptTemplateService } from './service.ts'

export function promptTemplateRoutes(app: FastifyInstance, service: PromptTemplateService): void {
  handle(app, routes.promptTemplates.list, async ({ identity, query }) => {
    const { rows, answer } = await service.list(identity, query)
    return { templates: [...rows], ...answer }
  })
  handle(
    app,
    routes.promptTemplates.create,
    async ({ identity, body, newId }) => ({ template: await service.create(identity, body, newId) }),
    { created: async ({ identity, newId }) => ({ template: await service.get(identity, newId) }) },
  )
  handle(app, routes.promptTemplates.effective, async ({ identity, query }) =>
    service.effective(identity, query.kind, query.repoUrl),
  )
  handle(app, routes.promptTemplates.previewText, async ({ body }) => ({
    rendered: await service.previewText(body),
  }))
  handle(app, routes.promptTemplates.get, async ({ identity, params }) => ({
    template: await service.get(identity, params.id),
  }))
  handle(app, routes.promptTemplates.edit, async ({ identity, params, body }) => ({
    template: await service.edit(identity, params.id, body),
  }))
  handle(app, routes.promptTemplates.remove, async ({ identity, params }) => {
    await service.remove(identity, params.id)
    return undefined
  })
  handle(app, routes.promptTemplates.preview, async ({ identity, params, body }) => ({
    rendered: await service.preview(identity, params.id, body?.params ?? null),
  }))
}
