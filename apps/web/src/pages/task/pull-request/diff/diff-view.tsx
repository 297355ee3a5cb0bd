import type { PullRequest } from '@optio/contract'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Button } from '../../../../ui/button.tsx'
import { useKeptSet } from '../kept.ts'
import { notesOf, saidByPath } from '../notes.tsx'
import type { DraftComment, ReviewDraft } from '../review-draft.ts'
import type { DraftActions } from '../use-review-draft.ts'
import { FileList } from './file-list.tsx'
import { LineCounts } from './file-marks.tsx'
import { FileSection } from './file-section.tsx'
import { useDiffKeys } from './use-diff-keys.ts'
import { useDiffLook } from './use-diff-look.ts'

interface DiffViewProps {
  readonly taskId: string
  readonly pr: PullRequest
  /** The pull request has newer commits than these. */
  readonly isStale: boolean
  readonly draft: ReviewDraft
  readonly actions: DraftActions
  /** The file the address points at. */
  readonly file: string | undefined
  readonly onFile: (path: string) => void
}

const NO_DRAFTS: readonly DraftComment[] = []

/** All that the pull request changes, file by file. */
export function DiffView({ taskId, pr, isStale, draft, actions, file, onFile }: DiffViewProps) {
  const ref = useRef<HTMLDivElement>(null)
  const { look, isWide, chooseSplit, chooseWrap, chooseWhitespace } = useDiffLook()
  const [viewed, setViewed] = useKeptSet(`optio-viewed:${taskId}:${pr.head.sha}`)
  const [wanted, setWanted] = useState({ path: file, times: file === undefined ? 0 : 1 })
  useEffect(() => {
    setWanted((before) => (before.path === file ? before : { path: file, times: before.times + 1 }))
  }, [file])
  useDiffKeys(ref)
  const choosePath = useCallback(
    (path: string) => {
      setWanted((before) => ({ path, times: before.times + 1 }))
      onFile(path)
    },
    [onFile],
  )
  const notes = useNotes(pr, draft, actions)
  const onComment = pr.state === 'open' && !isStale ? actions.begin : null
  const additions = pr.files.reduce((sum, each) => sum + each.additions, 0)
  const deletions = pr.files.reduce((sum, each) => sum + each.deletions, 0)
  const viewedCount = pr.files.filter(({ path }) => viewed.has(path)).length
  const list = <FileList files={pr.files} viewed={viewed} current={wanted.path} onChoose={choosePath} />
  return (
    <section aria-label="Changed lines" className="mt-6">
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 className="font-semibold">
          {pr.files.length} {pr.files.length === 1 ? 'file' : 'files'}
        </h2>
        <LineCounts additions={additions} deletions={deletions} />
        <span className="text-xs text-ink-3">
          {viewedCount} of {pr.files.length} viewed
        </span>
        <div className="ml-auto flex flex-wrap items-center gap-x-4 gap-y-1 text-xs">
          {isWide ? (
            <fieldset className="flex">
              <legend className="sr-only">How the diff is shown</legend>
              {(['unified', 'split'] as const).map((mode) => (
                <Button
                  key={mode}
                  small
                  look={look.mode === mode ? 'primary' : 'secondary'}
                  aria-pressed={look.mode === mode}
                  className={mode === 'unified' ? 'rounded-r-none' : 'rounded-l-none'}
                  onClick={() => chooseSplit(mode === 'split')}
                >
                  {mode === 'unified' ? 'Unified' : 'Side by side'}
                </Button>
              ))}
            </fieldset>
          ) : null}
          <Choice
            label="Wrap lines"
            checked={look.wrap || look.mode === 'split'}
            disabled={look.mode === 'split'}
            onChange={chooseWrap}
          />
          <Choice label="Show blanks" checked={look.whitespace} onChange={chooseWhitespace} />
          <span
            className="hidden text-ink-3 lg:inline"
            title="n, p: next and previous file. j, k: next and previous change."
          >
            <kbd>n</kbd>/<kbd>p</kbd> file · <kbd>j</kbd>/<kbd>k</kbd> change
          </span>
        </div>
      </div>
      <div ref={ref} className="flex items-start gap-4">
        {isWide && look.mode === 'unified' && pr.files.length > 1 ? (
          <aside
            aria-label="Files"
            className="sticky top-16 flex max-h-[calc(100dvh-5rem)] w-60 shrink-0 flex-col"
          >
            {list}
          </aside>
        ) : null}
        <div className="flex min-w-0 flex-1 flex-col gap-4">
          {pr.files.length > 1 && !(isWide && look.mode === 'unified') ? (
            <details className="rounded-lg border border-line bg-surface p-2">
              <summary className="cursor-pointer px-1 font-medium">List of files</summary>
              <div className="mt-2 flex max-h-80 flex-col">{list}</div>
            </details>
          ) : null}
          {pr.files.map((each) => (
            <FileSection
              key={`${pr.head.sha} ${each.path}`}
              taskId={taskId}
              headSha={pr.head.sha}
              isStale={isStale}
              file={each}
              look={look}
              isViewed={viewed.has(each.path)}
              onViewed={setViewed}
              notes={notes(each.path)}
              onComment={onComment}
              wanted={wanted.path === each.path ? wanted.times : 0}
            />
          ))}
        </div>
      </div>
    </section>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

function Choice({ label, checked, disabled = false, onChange }: ChoiceProps) {
  return (
    <label className="flex min-h-6 items-center gap-1.5 text-ink-2">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  )
}

/** What stands at the lines of each file; the same object as long as nothing about that file changes. */
function useNotes(pr: PullRequest, draft: ReviewDraft, actions: DraftActions) {
  const said = useMemo(() => saidByPath(pr), [pr])
  const cache = useRef(new Map<string, { parts: readonly unknown[]; notes: ReturnType<typeof notesOf> }>())
  const drafts = useMemo(() => draftsByPath(draft.comments), [draft.comments])
  return (path: string) => {
    const saidHere = said.get(path) ?? []
    const draftsHere = drafts.get(path) ?? NO_DRAFTS
    const parts = [
      actions,
      ...saidHere.flatMap(({ review, line, body }) => [review, line, body]),
      ...draftsHere,
    ]
    const before = cache.current.get(path)
    if (before?.parts.length === parts.length && before.parts.every((part, i) => part === parts[i])) {
      return before.notes
    }
    const notes = notesOf(saidHere, draftsHere, actions)
    cache.current.set(path, { parts, notes })
    return notes
  }
}

function draftsByPath(
  comments: readonly DraftComment[],
): ReadonlyMap<string | null, readonly DraftComment[]> {
  const byPath = new Map<string | null, DraftComment[]>()
  for (const comment of comments) byPath.set(comment.path, [...(byPath.get(comment.path) ?? []), comment])
  return byPath
}
