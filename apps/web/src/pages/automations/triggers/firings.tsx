import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { Moment } from '../../../ui/moments.tsx'
import { errorWords } from '../../../ui/notice.tsx'
import { plainText } from '../../../ui/plain-text.ts'
import { FIRINGS } from './trigger-words.ts'

interface FiringsProps {
  readonly definitionId: string
  readonly triggerId: string
}

/** When it fired and what came of it, to be unfolded. */
export function Firings({ definitionId, triggerId }: FiringsProps) {
  const [open, setOpen] = useState(false)
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer text-xs text-ink-2 hover:text-ink">Firings</summary>
      {open ? <List definitionId={definitionId} triggerId={triggerId} /> : null}
    </details>
  )
}

function List({ definitionId, triggerId }: FiringsProps) {
  const list = useInfiniteQuery(queries.firings(definitionId, triggerId))
  const firings = list.data?.pages.flatMap((page) => page.firings) ?? []
  if (list.isPending) return <p className="mt-1 text-xs text-ink-3">Reading…</p>
  if (list.error && firings.length === 0) {
    return <p className="mt-1 text-xs text-bad">{plainText(errorWords(list.error))}</p>
  }
  if (firings.length === 0) return <p className="mt-1 text-xs text-ink-3">It has not fired yet.</p>
  return (
    <>
      <ul
        aria-label="Firings, newest first"
        className="mt-1 divide-y divide-line border-y border-line text-xs"
      >
        {firings.map(({ id, state, code, reason, runId, dueAt, createdAt }) => (
          <li key={id} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 py-1.5">
            <span className={cx('rounded-full px-2 py-0.5 font-medium', FIRINGS[state].look)}>
              {FIRINGS[state].label}
            </span>
            <Moment at={dueAt ?? createdAt} className="text-ink-3" />
            {runId === null ? null : (
              <Link
                to="/tasks/$taskId"
                params={{ taskId: runId }}
                className="text-accent underline"
                aria-label={`Open the run it started at ${createdAt}`}
              >
                its run
              </Link>
            )}
            {reason === null ? null : (
              <span className="min-w-0 basis-full break-words text-ink-2 sm:basis-auto sm:flex-1">
                {plainText(reason)}
              </span>
            )}
            {code === null ? null : <span className="font-mono text-ink-3">{code}</span>}
          </li>
        ))}
      </ul>
      {list.hasNextPage ? (
        <Button
          small
          className="mt-2"
          busy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          Show older ones
        </Button>
      ) : null}
    </>
  )
}
