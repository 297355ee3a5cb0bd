import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { ReviewService } from './service.ts'

export function reviewRoutes(app: FastifyInstance, service: ReviewService): void {
  handle(
    app,
    routes.tasks.review,
    async (given) => {
      const { prompt = null, agentType = null, model = null } = given.body ?? {}
      const request = { id: given.newId, prompt, agentType, model }
      return { reviewTaskId: await service.start(runRefOf(given), request, given.identity.userId) }
    },
    { created: async (given) => ({ reviewTaskId: await service.get(runRefOf(given), given.newId) }) },
  )
}
