/** A comment that was not sent yet. */
export interface DraftComment {
  readonly id: string
  /** Null for a comment on the whole pull request. */
  readonly path: string | null
  /** Line of the new file; null for a comment on the whole file. */
  readonly line: number | null
  readonly body: string
  /** Its editor is open. */
  readonly editing: boolean
  /** What it said before its editor was opened; null for a new one. */
  readonly saved: string | null
}

/** What a reviewer wrote and did not send yet, about one head. */
export interface ReviewDraft {
  readonly comments: readonly DraftComment[]
  /** The words about the whole. */
  readonly body: string
}

export const EMPTY_DRAFT: ReviewDraft = { comments: [], body: '' }

export type DraftAction =
  | {
      readonly type: 'begin'
      readonly id: string
      readonly path: string | null
      readonly line: number | null
    }
  | { readonly type: 'write'; readonly id: string; readonly body: string }
  | { readonly type: 'keep'; readonly id: string }
  | { readonly type: 'edit'; readonly id: string }
  | { readonly type: 'cancel'; readonly id: string }
  | { readonly type: 'remove'; readonly id: string }
  | { readonly type: 'summarise'; readonly body: string }
  /** The finished comments and the words about the whole were submitted. */
  | { readonly type: 'sent' }

/** The draft after what the reviewer did; what does not fit (an unknown id) changes nothing. */
export function reduceDraft(draft: ReviewDraft, action: DraftAction): ReviewDraft {
  switch (action.type) {
    case 'begin': {
      const { id, path, line } = action
      const open = draft.comments.some(
        (comment) => comment.editing && comment.path === path && comment.line === line,
      )
      if (open) return draft
      return {
        ...draft,
        comments: [...draft.comments, { id, path, line, body: '', editing: true, saved: null }],
      }
    }
    case 'write':
      return change(draft, action.id, (comment) => ({ ...comment, body: action.body }))
    case 'keep':
      return change(draft, action.id, (comment) =>
        comment.body.trim() === '' ? null : { ...comment, editing: false, saved: null },
      )
    case 'edit':
      return change(draft, action.id, (comment) => ({ ...comment, editing: true, saved: comment.body }))
    case 'cancel':
      return change(draft, action.id, (comment) =>
        comment.saved === null ? null : { ...comment, body: comment.saved, editing: false, saved: null },
      )
    case 'remove':
      return change(draft, action.id, () => null)
    case 'summarise':
      return { ...draft, body: action.body }
    case 'sent':
      return { comments: draft.comments.filter(({ editing }) => editing), body: '' }
  }
}

function change(
  draft: ReviewDraft,
  id: string,
  to: (comment: DraftComment) => DraftComment | null,
): ReviewDraft {
  return {
    ...draft,
    comments: draft.comments.flatMap((comment) => (comment.id === id ? (to(comment) ?? []) : comment)),
  }
}

/** Comments that are sent with the review: those that are finished. */
export function finishedComments(draft: ReviewDraft): readonly DraftComment[] {
  return draft.comments.filter(({ editing }) => !editing)
}

/** Comments somebody is still writing. */
export function unfinishedComments(draft: ReviewDraft): readonly DraftComment[] {
  return draft.comments.filter(({ editing, body }) => editing && body.trim() !== '')
}

/**
 * A draft about an older head, for a newer one: nothing is lost, and because its lines may have moved, each comment says which line
 * it was about instead of standing at a wrong one.
 */
export function carryOver(
  draft: ReviewDraft,
  fromSha: string,
  paths: ReadonlySet<string>,
): readonly DraftComment[] {
  return draft.comments
    .filter(({ body }) => body.trim() !== '')
    .map((comment) => {
      const { path, line, body } = comment
      const isThere = path === null || paths.has(path)
      const place = [isThere ? null : path, line === null ? null : `line ${line}`].filter(Boolean).join(', ')
      const words = place === '' ? body : `(About ${place} of ${fromSha.slice(0, 10)}) ${body}`
      return { ...comment, path: isThere ? path : null, line: null, body: words }
    })
}

/** A draft as it was stored; an empty one for whatever is no draft. */
export function parseDraft(stored: string | null): ReviewDraft {
  try {
    const value: unknown = JSON.parse(stored ?? '')
    if (typeof value !== 'object' || value === null) return EMPTY_DRAFT
    const { comments, body } = value as { comments?: unknown; body?: unknown }
    return {
      comments: Array.isArray(comments) ? comments.filter(isComment) : [],
      body: typeof body === 'string' ? body : '',
    }
  } catch {
    return EMPTY_DRAFT
  }
}

function isComment(value: unknown): value is DraftComment {
  if (typeof value !== 'object' || value === null) return false
  const { id, path, line, body, editing, saved } = value as Record<string, unknown>
  return (
    typeof id === 'string' &&
    (path === null || typeof path === 'string') &&
    (line === null || Number.isSafeInteger(line)) &&
    typeof body === 'string' &&
    typeof editing === 'boolean' &&
    (saved === null || typeof saved === 'string')
  )
}
