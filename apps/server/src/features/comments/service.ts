import { type Comment, cutText, type ListCommentsQuery, OptioError } from '@optio/contract'
import type { Database, Transaction } from '../../database/connection.ts'
import { sqlState } from '../../database/errors.ts'
import type { RunRef } from '../../engine/engine.ts'
import { appendEvents } from '../events/append.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import { requireRun, taskNotFound } from '../tasks/resolve.ts'
import {
  type CommentRow,
  deleteComment,
  findComment,
  insertComment,
  listCommentsQuery,
  lockComment,
  updateComment,
} from './queries.ts'

/** Characters of a comment that its event tells. */
const TOLD = 200

const FOREIGN_KEY = '23503'

export type CommentService = ReturnType<typeof createCommentService>

/** What people say to each other about a task. Its agent is not told. */
export function createCommentService({ database }: { readonly database: Database }) {
  /** The comment, if it is the author's own. Throws COMMENT_NOT_FOUND, or FORBIDDEN for another's. */
  const lockOwn = async (tx: Transaction, ref: RunRef, id: string, author: string): Promise<CommentRow> => {
    const row = await lockComment(tx, ref, id)
    if (row === null) throw notFound(id)
    if (row.author === author) return row
    throw new OptioError(
      'FORBIDDEN',
      'Only its author may change or delete a comment. Write one of your own.',
    )
  }

  return {
    async list(ref: RunRef, query: ListCommentsQuery): Promise<Page<Comment>> {
      await requireRun(database.orm, ref)
      const page = pageOf(await listCommentsQuery(database.orm, ref, query), query, placeOf)
      return { rows: page.rows.map(toComment), answer: page.answer }
    },

    /** Throws COMMENT_NOT_FOUND. */
    async get(ref: RunRef, id: string): Promise<Comment> {
      const row = await findComment(database.orm, ref, id)
      if (row === null) throw notFound(id)
      return toComment(row)
    },

    async create(ref: RunRef, id: string, content: string, author: string): Promise<Comment> {
      await requireRun(database.orm, ref)
      const { workspaceId, runId } = ref
      try {
        return await database.transaction(async (tx) => {
          const row = await insertComment(tx, { id, workspaceId, runId, author, content })
          if (row === null) throw new Error('unreachable: an insert answers its row')
          await tell(tx, row, { type: 'task:comment', message: content, actor: author })
          return toComment(row)
        })
      } catch (error) {
        // Deleted since it was looked for.
        if (sqlState(error) === FOREIGN_KEY) throw taskNotFound(ref)
        throw error
      }
    },

    async edit(ref: RunRef, id: string, content: string, author: string): Promise<Comment> {
      await requireRun(database.orm, ref)
      return await database.transaction(async (tx) => {
        await lockOwn(tx, ref, id, author)
        const row = await updateComment(tx, id, content)
        if (row === null) throw notFound(id)
        await tell(tx, row, { type: 'task:comment_edited', message: content, actor: author })
        return toComment(row)
      })
    },

    async remove(ref: RunRef, id: string, author: string): Promise<void> {
      await requireRun(database.orm, ref)
      await database.transaction(async (tx) => {
        const row = await lockOwn(tx, ref, id, author)
        await deleteComment(tx, id)
        await tell(tx, row, {
          type: 'task:comment_deleted',
          message: 'A comment was deleted.',
          actor: author,
        })
      })
    },
  }
}

async function tell(
  tx: Transaction,
  { workspaceId, runId, id }: CommentRow,
  event: { readonly type: string; readonly message: string; readonly actor: string },
): Promise<void> {
  const message = cutText(event.message, TOLD)
  await appendEvents(tx, [
    {
      ...event,
      workspaceId,
      runId,
      message,
      trigger: 'person',
      data: { commentId: id, author: event.actor },
    },
  ])
}

function notFound(id: string): OptioError {
  return new OptioError('COMMENT_NOT_FOUND', `This task has no comment ${id}.`)
}

function toComment(row: CommentRow): Comment {
  return {
    id: row.id,
    taskId: row.runId,
    author: row.author,
    content: row.content,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
