import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { IssueService } from './service.ts'
import { toIssue, toIssueSync } from './view.ts'

export function issueRoutes(app: FastifyInstance, issues: IssueService): void {
  handle(
    app,
    routes.issues.list,
    async ({ identity, query }) => {
      const { rows, answer, syncs } = await issues.list(identity, query)
      return { issues: rows.map(toIssue), syncs: syncs.map(toIssueSync), ...answer }
    },
    { shared: true },
  )
  handle(app, routes.issues.assign, async ({ identity, body, reply }) => {
    const { task, isNew } = await issues.assign(identity, body)
    if (!isNew) reply.code(200)
    return { task }
  })
  handle(app, routes.issues.sync, async ({ identity, body }) => ({
    synced: await issues.sync(identity, body?.repoId ?? null),
  }))
}
