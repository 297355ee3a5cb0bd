import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../database/connection.ts'
import { handle } from '../../http/register.ts'
import type { RepoService } from '../repos/service.ts'
import { readCosts } from './queries.ts'
import { toCosts } from './view.ts'

export interface AnalyticsDeps {
  readonly database: Pick<Database, 'transaction'>
  readonly repos: Pick<RepoService, 'canonicalUrl'>
}

export function analyticsRoutes(app: FastifyInstance, { database, repos }: AnalyticsDeps): void {
  handle(app, routes.analytics.costs, async ({ identity, query }) => {
    const { workspaceId } = identity
    const repoUrl = query.repoUrl && (await repos.canonicalUrl(workspaceId, query.repoUrl))
    return toCosts(await readCosts(database, workspaceId, { days: query.days, repoUrl }), query.days)
  })
}
