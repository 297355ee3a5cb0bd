import { followLogsQuery, OptioError } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Database } from '../../database/connection.ts'
import { explainDatabaseError } from '../../database/errors.ts'
import type { DatabaseLog } from '../../database/log.ts'
import { closeWith } from '../events/close-socket.ts'
import { PacedReader } from '../events/paced-reader.ts'
import { SocketOutlet } from '../events/socket-outlet.ts'
import type { LogHub } from './hub.ts'
import { LogPages } from './pages.ts'
import { findLog } from './queries.ts'

export interface LogSocketDependencies {
  readonly database: Pick<Database, 'orm'>
  readonly hub: LogHub
  readonly log: DatabaseLog
}

const logParams = z.object({ taskId: z.guid('must be a UUID') })

/**
 * `/ws/logs/:taskId?after=<seq>&batch=1`: every stored entry after `seq`, then what comes, without a gap, a repeat or a reorder,
 * with the changes of the task's state where they belong.
 */
export function registerLogSocket(app: FastifyInstance, { database, hub, log }: LogSocketDependencies): void {
  const options = {
    websocket: true,
    config: { permission: 'tasks:read' },
    schema: { params: logParams, querystring: followLogsQuery },
  } as const
  app.get('/ws/logs/:taskId', options, async (socket, request) => {
    const { taskId } = request.params as z.output<typeof logParams>
    const query = request.query as z.output<typeof followLogsQuery>
    const outlet = new SocketOutlet(socket)
    const batched = query.batch === '1'
    let pages: LogPages
    try {
      const run = await findLog(database.orm, request.identity.workspaceId, taskId)
      pages = await LogPages.from(database.orm, run, query.after, batched)
    } catch (error) {
      const explained = explainDatabaseError(error)
      if (explained === null) log.error({ err: error }, 'A reader of a log could not be let in.')
      return closeWith(socket, explained ?? new OptioError('INTERNAL', 'unexpected'))
    }
    if (!outlet.open) return
    const reader = new PacedReader({ outlet, after: query.after, read: (after) => pages.read(after), log })
    const unsubscribe = hub.subscribe(taskId, {
      offer: (batch) => reader.offer(batch.after, batch.last, () => batch.frames(batched)),
      goesTo: (seq) => reader.goesTo(seq),
      readAgain: () => {
        pages.expectEvents()
        reader.readAgain()
      },
    })
    socket.on('close', unsubscribe)
    reader.readAgain()
  })
}
