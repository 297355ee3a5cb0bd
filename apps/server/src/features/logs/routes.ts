import { type ListLogsQuery, routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../../database/connection.ts'
import { handle } from '../../http/register.ts'
import { wireEntry } from './batch.ts'
import { exportLog } from './export.ts'
import { type FoundLog, findLog, readLog } from './queries.ts'
import type { LogIndex } from './search/log-index.ts'
import { searchLog } from './search/search-log.ts'

/** Most bytes of content in one answer; what is left comes with `nextCursor`. */
const ANSWER_BYTES = 8 * 1024 * 1024

export interface LogRouteDependencies {
  readonly database: Pick<Database, 'orm'>
  /** Told of logs that are searched before they were prepared for it. */
  readonly index: Pick<LogIndex, 'grown'>
}

/** `GET /api/tasks/:id/logs` and its export. */
export function registerLogRoutes(app: FastifyInstance, { database, index }: LogRouteDependencies): void {
  const read = async (run: FoundLog, query: ListLogsQuery) => {
    const { search: words, ...rest } = query
    // Before the end is as far as it goes, wherever beyond it somebody asks for.
    const before = query.before === undefined ? undefined : Math.min(query.before, run.lastSeq + 1)
    const wanted = {
      ...rest,
      // Nor is anything to be looked for where entries were removed by age.
      after: Math.max(query.after ?? 0, run.firstSeq - 1),
      before,
      logType: query.logType ?? query.type,
      lastSeq: run.lastSeq,
      maxBytes: ANSWER_BYTES,
    }
    if (words === undefined) {
      const page = await readLog(database.orm, run, wanted)
      return { ...page, cursor: (query.before === undefined ? page.entries.at(-1) : page.entries[0])?.seq }
    }
    const found = await searchLog(database.orm, run, { ...wanted, words })
    if (found.unsigned) index.grown(run.id, run.lastSeq)
    return found
  }

  handle(app, routes.logs.list, async ({ params, query, identity }) => {
    const run = await findLog(database.orm, identity.workspaceId, params.id)
    const { entries, more, cursor } = await read(run, query)
    return {
      logs: entries.map((entry) => ({ id: `${run.id}:${entry.seq}`, taskId: run.id, ...wireEntry(entry) })),
      hasMore: more,
      nextCursor: more && cursor !== undefined ? String(cursor) : null,
      lastSeq: run.lastSeq,
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
