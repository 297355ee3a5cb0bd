import { type KeyboardEvent, useEffect, useRef } from 'react'
import { Button } from '../../../ui/button.tsx'
import { TextArea } from '../../../ui/field.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import type { DraftComment } from './review-draft.ts'
import type { DraftActions } from './use-review-draft.ts'

interface CommentEditorProps {
  readonly comment: DraftComment
  readonly actions: DraftActions
}

/** A comment of the review that is being written: its editor, or what it says and how to change that. */
export function CommentEditor({ comment, actions }: CommentEditorProps) {
  const { id, path, line, body, editing } = comment
  const field = useRef<HTMLTextAreaElement>(null)
  const isRestored = useRef(body !== '')
  useEffect(() => {
    // One that was being written before a reload does not pull the reader to it.
    if (editing && !isRestored.current) field.current?.focus()
    isRestored.current = false
  }, [editing])
  const place = placeWords(path, line)
  /** Closing the editor gives the focus back to the line it was opened at. */
  const close = (type: 'keep' | 'cancel') => {
    const origin = field.current?.closest('[data-file]')?.querySelector<HTMLElement>(`[data-line="${line}"]`)
    actions.act({ type, id })
    origin?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) close('keep')
    else if (event.key === 'Escape') close('cancel')
    else return
    event.preventDefault()
  }
  if (editing) {
    return (
      <div className="rounded-md border border-accent bg-surface p-3">
        <TextArea
          ref={field}
          value={body}
          aria-label={`Comment on ${place}`}
          placeholder="What should be different?"
          maxLength={65_536}
          onChange={(event) => actions.act({ type: 'write', id, body: event.target.value })}
          onKeyDown={onKeyDown}
        />
        <div className="mt-2 flex flex-wrap justify-end gap-2">
          <Button small onClick={() => close('cancel')}>
            Cancel
          </Button>
          <Button small look="primary" disabled={body.trim() === ''} onClick={() => close('keep')}>
            Add to the review
          </Button>
        </div>
      </div>
    )
  }
  return (
    <article className="rounded-md border border-dashed border-accent bg-surface p-3">
      <div className="flex flex-wrap items-center justify-between gap-2 text-xs text-ink-3">
        <span>
          <span className="font-medium text-accent">Pending</span> on {place}; nobody sees it before you
          finish the review
        </span>
        <span className="flex gap-1">
          <Button
            small
            look="quiet"
            aria-label={`Edit the comment on ${place}`}
            onClick={() => actions.act({ type: 'edit', id })}
          >
            Edit
          </Button>
          <Button
            small
            look="quiet"
            aria-label={`Delete the comment on ${place}`}
            onClick={() => actions.act({ type: 'remove', id })}
          >
            Delete
          </Button>
        </span>
      </div>
      <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{plainText(body)}</p>
    </article>
  )
}

/** Where a comment is, in words. */
export function placeWords(path: string | null, line: number | null): string {
  if (path === null) return 'the pull request'
  return line === null ? plainLine(path) : `${plainLine(path)}, line ${line}`
}
