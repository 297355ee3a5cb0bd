import { useQuery } from '@tanstack/react-query'
import { useConnection } from '../api/live-context.tsx'
import { queries } from '../api/queries.ts'
import { usePause } from '../api/use-pause.ts'
import { Button } from '../ui/button.tsx'
import { Moment } from '../ui/moments.tsx'
import { plainLine } from '../ui/plain-text.ts'

/** Says that what is shown may be old, and that nothing needs to be done. */
export function LostConnection() {
  if (useConnection() !== 'lost') return null
  return (
    <p role="status" className="border-b border-warn/40 bg-warn-soft px-4 py-1.5 text-center text-warn">
      Optio does not answer. What you see may be old; this page goes on by itself as soon as it is back.
    </p>
  )
}

/** Says on every page that nothing starts, since when and why, with the way out. */
export function Paused() {
  const { data } = useQuery(queries.system())
  const { unpause, busy } = usePause()
  if (!data?.paused) return null
  const { since, by, reason } = data.paused
  return (
    <div className="border-b border-warn/40 bg-warn-soft text-warn">
      <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 sm:px-6">
        <p role="status" className="min-w-0 flex-1 basis-64 break-words">
          <strong>Paused</strong> <Moment at={since} /> by {plainLine(by)}: no new agents start.
          {reason === null ? '' : ` “${plainLine(reason)}”`}
        </p>
        <Button small busy={busy} onClick={unpause}>
          Resume
        </Button>
      </div>
    </div>
  )
}
