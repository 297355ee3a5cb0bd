import { type ListMessagesQuery, type Message, type MessageBody, OptioError } from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { EngineCommands, RunRef } from '../../engine/engine.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import { requireRun } from '../tasks/resolve.ts'
import { findMessage, listMessagesQuery, type MessageRow } from './queries.ts'

export interface MessageDeps {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'sendMessage' | 'whyNoMessage'>
}

export type MessageService = ReturnType<typeof createMessageService>

/** What people say to an agent while it works. */
export function createMessageService({ database, commands }: MessageDeps) {
  const get = async (ref: RunRef, id: string): Promise<Message> => {
    const row = await findMessage(database.orm, ref, id)
    if (row === null) throw new OptioError('NOT_FOUND', `There is no message ${id}.`)
    return toMessage(row)
  }
  return {
    get,

    async list(ref: RunRef, query: ListMessagesQuery): Promise<Page<Message> & { why: string | null }> {
      await requireRun(database.orm, ref)
      const why = await commands.whyNoMessage(ref)
      const page = pageOf(await listMessagesQuery(database.orm, ref, query), query, placeOf)
      return { rows: page.rows.map(toMessage), answer: page.answer, why }
    },

    /** Throws INVALID_TRANSITION when no agent works on it, MESSAGES_NOT_TAKEN when its agent can't be told anything (more). */
    async send(ref: RunRef, id: string, { content, mode }: MessageBody, author: string): Promise<Message> {
      await requireRun(database.orm, ref)
      await commands.sendMessage(ref, { id, content, mode }, author)
      return await get(ref, id)
    },
  }
}

function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    taskId: row.runId,
    author: row.author,
    content: row.content,
    mode: row.mode,
    state: row.state,
    createdAt: row.createdAt.toISOString(),
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
  }
}
