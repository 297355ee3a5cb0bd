import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { CommentService } from './service.ts'

export function commentRoutes(app: FastifyInstance, comments: CommentService): void {
  handle(app, routes.comments.list, async (given) => {
    const { rows, answer } = await comments.list(runRefOf(given), given.query)
    return { comments: [...rows], ...answer }
  })
  handle(
    app,
    routes.comments.create,
    async (given) => {
      const { newId, body, identity } = given
      return { comment: await comments.create(runRefOf(given), newId, body.content, identity.userId) }
    },
    { created: async (given) => ({ comment: await comments.get(runRefOf(given), given.newId) }) },
  )
  handle(app, routes.comments.edit, async ({ identity, params, body }) => {
    const ref = { workspaceId: identity.workspaceId, runId: params.taskId }
    return { comment: await comments.edit(ref, params.commentId, body.content, identity.userId) }
  })
  handle(app, routes.comments.remove, async ({ identity, params }) => {
    const ref = { workspaceId: identity.workspaceId, runId: params.taskId }
    await comments.remove(ref, params.commentId, identity.userId)
    return undefined
  })
}
