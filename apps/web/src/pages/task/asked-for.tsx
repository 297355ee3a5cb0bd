import type { Task } from '@optio/contract'
import { ExternalLink } from 'lucide-react'
import { plainLine, plainText } from '../../ui/plain-text.ts'
import { isAlone, isReview } from './acts.ts'

/** What the agent was asked to do, to be unfolded. */
export function AskedFor({ task }: { task: Task }) {
  const ticket = task.ticketUrl && /^https?:\/\//.test(task.ticketUrl) ? task.ticketUrl : null
  return (
    <details className="group mt-4 rounded-lg border border-line bg-surface">
      <summary className="flex cursor-pointer items-center gap-2 px-4 py-2 text-ink-2">
        <span className="shrink-0 font-medium text-ink">
          {isAlone(task) ? 'Run' : isReview(task) ? 'Asked for' : 'Task'}
        </span>
        <span className="min-w-0 truncate group-open:invisible">{plainLine(task.prompt.slice(0, 300))}</span>
      </summary>
      <section
        className="max-h-96 space-y-3 overflow-auto border-t border-line px-4 py-3"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard
        tabIndex={0}
        aria-label="What was asked for"
      >
        <p className="wrap-anywhere whitespace-pre-wrap">{plainText(task.prompt)}</p>
        {task.description ? (
          <div>
            <h2 className="font-medium">Description</h2>
            <p className="wrap-anywhere whitespace-pre-wrap text-ink-2">{plainText(task.description)}</p>
          </div>
        ) : null}
        {task.params && Object.keys(task.params).length > 0 ? <Given params={task.params} /> : null}
        {ticket ? (
          <a
            href={ticket}
            target="_blank"
            rel="noreferrer"
            className="inline-flex items-center gap-1 text-accent underline"
          >
            Its ticket <ExternalLink className="size-3.5" aria-hidden="true" />
          </a>
        ) : null}
      </section>
    </details>
  )
}

/** The parameters it was made with. */
function Given({ params }: { params: NonNullable<Task['params']> }) {
  return (
    <div>
      <h2 className="font-medium">Parameters</h2>
      <dl className="mt-1 grid gap-x-4 gap-y-1 sm:grid-cols-[auto_minmax(0,1fr)]">
        {Object.entries(params).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="font-mono text-xs/5 wrap-anywhere text-ink-3">{plainLine(name)}</dt>
            <dd className="min-w-0 wrap-anywhere whitespace-pre-wrap max-sm:pl-4">
              {typeof value === 'string' ? plainText(value) : plainText(JSON.stringify(value, null, 2))}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
