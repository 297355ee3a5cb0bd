import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { MessageService } from './service.ts'

export function messageRoutes(app: FastifyInstance, messages: MessageService): void {
  handle(app, routes.messages.list, async (given) => {
    const { rows, answer, why } = await messages.list(runRefOf(given), given.query)
    return { messages: [...rows], canSend: why === null, why, ...answer }
  })
  handle(
    app,
    routes.messages.send,
    async (given) => {
      const { newId, body, identity } = given
      return { message: await messages.send(runRefOf(given), newId, body, identity.userId) }
    },
    { created: async (given) => ({ message: await messages.get(runRefOf(given), given.newId) }) },
  )
}
