import { ChevronDown, ChevronRight, Copy, MessageSquarePlus } from 'lucide-react'
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Button } from '../../../../ui/button.tsx'
import { plainLine } from '../../../../ui/plain-text.ts'
import { useToasts } from '../../../../ui/toasts.tsx'
import { copyText } from '../copy-text.ts'
import type { ChangedFile, FileNotes } from './changed-file.ts'
import type { DiffLook } from './diff-body.tsx'
import { FileContent } from './file-content.tsx'
import { LineCounts, StatusLetter } from './file-marks.tsx'

/** More changed lines than this are shown when asked for. */
const LARGE_LINES = 1_500

interface FileSectionProps {
  readonly taskId: string
  readonly headSha: string
  /** The pull request has newer commits than these. */
  readonly isStale: boolean
  readonly file: ChangedFile
  readonly look: DiffLook
  readonly isViewed: boolean
  readonly onViewed: (path: string, isViewed: boolean) => void
  readonly notes: FileNotes
  readonly onComment: ((path: string, line: number | null) => void) | null
  /** Counts up each time somebody wants to see this file; 0 while nobody does. */
  readonly wanted: number
}

/** One file of the diff: its header, and below it its lines, or why there are none. */
export const FileSection = memo(function FileSection({
  taskId,
  headSha,
  isStale,
  file,
  look,
  isViewed,
  onViewed,
  notes,
  onComment,
  wanted,
}: FileSectionProps) {
  const ref = useRef<HTMLElement>(null)
  // What is not here yet is asked for by a button of its own.
  const isLarge = file.patch !== null && file.additions + file.deletions > LARGE_LINES
  const [isOpen, setIsOpen] = useState(!isViewed && !isLarge)
  useEffect(() => {
    if (wanted === 0) return
    setIsOpen(true)
    ref.current?.scrollIntoView({ block: 'start' })
  }, [wanted])
  const onLine = useMemo(
    () => (onComment === null ? null : (line: number) => onComment(file.path, line)),
    [onComment, file.path],
  )
  const view = useCallback(
    (viewed: boolean) => {
      onViewed(file.path, viewed)
      setIsOpen(!viewed)
    },
    [onViewed, file.path],
  )
  const Chevron = isOpen ? ChevronDown : ChevronRight
  return (
    <section
      ref={ref}
      data-file={file.path}
      aria-label={`Changes of ${plainLine(file.path)}`}
      className="scroll-mt-16 rounded-lg border border-line bg-surface"
    >
      <div className="sticky top-13 z-10 flex flex-wrap items-center gap-x-2 gap-y-1 rounded-t-lg border-b border-line bg-surface px-2 py-1.5">
        <button
          type="button"
          aria-expanded={isOpen}
          className="flex min-h-6 min-w-0 flex-1 cursor-pointer max-sm:basis-full items-center gap-2 text-left"
          onClick={() => setIsOpen(!isOpen)}
        >
          <Chevron className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
          <StatusLetter status={file.status} />
          <span className="min-w-0 font-mono text-xs wrap-anywhere">
            {file.previousPath === null ? null : (
              <span className="text-ink-3">{plainLine(file.previousPath)} → </span>
            )}
            {plainLine(file.path)}
          </span>
        </button>
        <CopyPath path={file.path} />
        <LineCounts additions={file.additions} deletions={file.deletions} />
        {onComment === null ? null : (
          <Button
            small
            look="quiet"
            title="Comment on the file as a whole"
            aria-label={`Comment on ${plainLine(file.path)}`}
            onClick={() => {
              setIsOpen(true)
              onComment(file.path, null)
            }}
          >
            <MessageSquarePlus className="size-4" aria-hidden="true" />
          </Button>
        )}
        {notes.count > 0 ? (
          <span className="rounded-full bg-accent-soft px-2 text-xs text-accent">
            {notes.count} {notes.count === 1 ? 'comment' : 'comments'}
          </span>
        ) : null}
        <label className="flex min-h-6 items-center gap-1.5 text-xs text-ink-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={isViewed}
            onChange={(event) => view(event.target.checked)}
          />
          Viewed
        </label>
      </div>
      {isOpen ? (
        <FileContent
          taskId={taskId}
          headSha={headSha}
          isStale={isStale}
          file={file}
          look={look}
          notes={notes}
          onLine={onLine}
        />
      ) : isLarge && !isViewed ? (
        <p className="px-4 py-3 text-ink-2">
          A large change of {file.additions + file.deletions} lines.{' '}
          <Button small onClick={() => setIsOpen(true)}>
            Show it
          </Button>
        </p>
      ) : null}
    </section>
  )
})

function CopyPath({ path }: { path: string }) {
  const toasts = useToasts()
  const copy = async () => {
    if (await copyText(path)) toasts.done('Copied the path')
    else toasts.failed('The path was not copied', new Error('This browser does not let pages copy.'))
  }
  return (
    <Button
      small
      look="quiet"
      title="Copy the path"
      aria-label={`Copy the path of ${plainLine(path)}`}
      onClick={() => void copy()}
    >
      <Copy className="size-3.5" aria-hidden="true" />
    </Button>
  )
}
