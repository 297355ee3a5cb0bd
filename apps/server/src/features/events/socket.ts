import { followEventsQuery, OptioError } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import type { Database } from '../../database/connection.ts'
import { explainDatabaseError } from '../../database/errors.ts'
import type { DatabaseLog } from '../../database/log.ts'
import { closeWith } from './close-socket.ts'
import { encodeFrame, eventFrame, missedFrame } from './frame.ts'
import { EVENT_PAGE, type EventHub } from './hub.ts'
import { PacedReader, type Page } from './paced-reader.ts'
import { lastEventId, prunedTo, readEvents } from './read.ts'
import { SocketOutlet } from './socket-outlet.ts'

export interface EventSocketDependencies {
  readonly database: Pick<Database, 'orm'>
  readonly hub: EventHub
  readonly log: DatabaseLog
}

/** `/ws/events?after=<id>`: the events of the caller's workspace after an id, or from now on. */
export function registerEventSocket(
  app: FastifyInstance,
  { database, hub, log }: EventSocketDependencies,
): void {
  const options = {
    websocket: true,
    config: { permission: 'events:read' },
    schema: { querystring: followEventsQuery },
  } as const
  app.get('/ws/events', options, async (socket, request) => {
    const { workspaceId } = request.identity
    const query = request.query as z.output<typeof followEventsQuery>
    const outlet = new SocketOutlet(socket)
    let after: number
    try {
      after = query.after === undefined ? await lastEventId(database.orm, workspaceId) : Number(query.after)
    } catch (error) {
      log.warn({ err: error }, 'A reader of events could not be let in.')
      return closeWith(socket, explainDatabaseError(error) ?? new OptioError('INTERNAL', 'unexpected'))
    }
    let told = 0
    const read = async (position: number): Promise<Page> => {
      const rows = await readEvents(database.orm, workspaceId, position, EVENT_PAGE)
      const frames = rows.map((row) => encodeFrame(eventFrame(row)))
      // Asked afterwards: what is removed while it is read is told too, at worst without need.
      const pruned = await prunedTo(database.orm, workspaceId)
      if (pruned > Math.max(position, told)) {
        told = pruned
        frames.unshift(encodeFrame(missedFrame({ workspaceId, after: position, prunedTo: pruned })))
      }
      return {
        frames,
        last: rows.at(-1)?.id ?? position,
        more: rows.length === EVENT_PAGE,
      }
    }
    if (!outlet.open) return
    const reader = new PacedReader({ outlet, after, read, log })
    socket.on('close', hub.subscribe(workspaceId, reader))
    reader.readAgain()
  })
}
