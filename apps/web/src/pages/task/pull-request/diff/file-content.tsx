import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useRef, useState } from 'react'
import { queries } from '../../../../api/queries.ts'
import { Button } from '../../../../ui/button.tsx'
import { Loading } from '../../../../ui/loading.tsx'
import { ErrorNotice } from '../../../../ui/notice.tsx'
import type { ChangedFile, FileNotes } from './changed-file.ts'
import { DiffBody, type DiffLook } from './diff-body.tsx'
import { ROW_PX } from './line-rows.tsx'
import { useIsNear } from './near-viewport.ts'

interface FileContentProps {
  readonly taskId: string
  readonly headSha: string
  readonly isStale: boolean
  readonly file: ChangedFile
  readonly look: DiffLook
  readonly notes: FileNotes
  readonly onLine: ((line: number) => void) | null
}

/** The lines of a file, or why there are none to see. */
export function FileContent({ taskId, headSha, isStale, file, look, notes, onLine }: FileContentProps) {
  const [isAsked, setIsAsked] = useState(false)
  const isLeftOut = file.patchOmitted === 'too_large'
  const { data: loaded, error } = useQuery({
    ...queries.pullRequestFile(taskId, file.path, headSha),
    enabled: isLeftOut && isAsked && !isStale,
  })
  const { patch, patchOmitted } = loaded ?? file
  const lines = file.additions + file.deletions
  const withNotes = (content: ReactNode) => (
    <>
      {notes.render(null, () => false)}
      <div className="px-4 py-3 text-ink-2">{content}</div>
    </>
  )
  if (patch !== null && patch !== '') {
    return (
      <WhenNear rows={countRows(patch)}>
        <DiffBody
          path={file.path}
          patch={patch}
          look={look}
          noted={notes.lines}
          renderNotes={notes.render}
          onComment={onLine}
        />
      </WhenNear>
    )
  }
  if (patch === '') return withNotes(withoutLines(file))
  if (patchOmitted === 'binary') return withNotes('A binary file: it has no lines to show.')
  if (error) {
    return (
      <div className="p-3">
        <ErrorNotice error={error} title="The diff of this file could not be read" />
      </div>
    )
  }
  if (loaded !== undefined) {
    return withNotes('Too large to be shown here. Look at it in the clone or in the repository.')
  }
  // The server would answer with the lines of the new commits.
  if (isStale) return withNotes('There are new commits: reload the diff to see the lines of this file.')
  return withNotes(
    isAsked ? (
      <Loading what={`${lines} lines`} />
    ) : (
      <Button onClick={() => setIsAsked(true)}>Load diff ({lines} lines)</Button>
    ),
  )
}

function withoutLines({ status, additions }: ChangedFile): string {
  if (status === 'renamed') return 'Renamed without a change in its lines.'
  if (status === 'modified') return 'Only its mode changed (what may be done with it, not its lines).'
  return additions === 0 ? 'An empty file.' : 'There are no lines to show.'
}

function countRows(patch: string): number {
  let rows = 0
  for (let at = patch.indexOf('\n'); at !== -1; at = patch.indexOf('\n', at + 1)) rows += 1
  return rows
}

/** Nothing is parsed or drawn of a file before it comes near the window for the first time. */
function WhenNear({ rows, children }: { rows: number; children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null)
  const isNear = useIsNear(ref)
  const [wasNear, setWasNear] = useState(false)
  if (isNear && !wasNear) setWasNear(true)
  return (
    <div ref={ref} style={wasNear ? undefined : { height: rows * ROW_PX }}>
      {wasNear ? children : null}
    </div>
  )
}
