import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../database/connection.ts'
import { handle } from '../../http/register.ts'
import { wireEntry } from './batch.ts'
import { exportLog } from './export.ts'
import { findLog, readLog } from './queries.ts'

/** Most bytes of content in one answer; what is left comes with `nextCursor`. */
const ANSWER_BYTES = 8 * 1024 * 1024

export interface LogRouteDependencies {
  readonly database: Pick<Database, 'orm'>
}

/** `GET /api/tasks/:id/logs` and its export. */
export function registerLogRoutes(app: FastifyInstance, { database }: LogRouteDependencies): void {
  handle(app, routes.logs.list, async ({ params, query, identity }) => {
    const run = await findLog(database.orm, identity.workspaceId, params.id)
    const { entries, more } = await readLog(database.orm, run, {
      ...query,
      logType: query.logType ?? query.type,
      maxBytes: ANSWER_BYTES,
    })
    const next = query.before === undefined ? entries.at(-1) : entries[0]
    return {
      logs: entries.map((entry) => ({ id: `${run.id}:${entry.seq}`, taskId: run.id, ...wireEntry(entry) })),
      hasMore: more,
      nextCursor: more && next ? String(next.seq) : null,
    }
  })

  handle(app, routes.logs.export, async ({ params, query, identity, reply }) => {
    const run = await findLog(database.orm, identity.workspaceId, params.id)
    const { contentType, fileName, body } = exportLog(database.orm, run, query.format)
    reply.header('content-type', contentType)
    reply.header('content-disposition', `attachment; filename="${fileName}"`)
    return body
  })
}
