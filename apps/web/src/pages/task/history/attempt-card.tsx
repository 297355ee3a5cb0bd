import type { Attempt } from '@optio/contract'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Bot, Copy, ScrollText } from 'lucide-react'
import type { ReactNode } from 'react'
import { agentName } from '../../../ui/agent-name.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { duration, Moment, useNow } from '../../../ui/moments.tsx'
import { Money } from '../../../ui/money.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'
import { copyText } from '../pull-request/copy-text.ts'
import { firstEntryOf } from './first-entry.ts'
import { ATTEMPT_REASONS, ATTEMPT_STATES, failureWords } from './history-words.ts'

const LOOKS: Readonly<Record<Attempt['state'], string>> = {
  starting: 'bg-info-soft text-info',
  running: 'bg-info-soft text-info',
  succeeded: 'bg-good-soft text-good',
  failed: 'bg-bad-soft text-bad',
  stopped: 'bg-warn-soft text-warn',
  lost: 'bg-warn-soft text-warn',
}

/** One launch of the agent: why, by whom, what it took and what became of it. */
export function AttemptCard({ taskId, attempt }: { taskId: string; attempt: Attempt }) {
  const { number, reason, agentType, model, state, exitCode, errorMessage, failure, sessionId } = attempt
  return (
    <article aria-label={`Attempt ${number}`} className="rounded-lg border border-line bg-surface p-3">
      <div className="flex flex-wrap items-center gap-2">
        <Bot className="size-4 text-ink-3" aria-hidden="true" />
        <h2 className="font-semibold">Attempt {number}</h2>
        <span className="text-ink-2">{ATTEMPT_REASONS[reason]}</span>
        <span className={cx('rounded-full px-2 py-0.5 text-xs font-medium', LOOKS[state])}>
          {ATTEMPT_STATES[state]}
        </span>
        <ShowInLog taskId={taskId} attempt={number} />
      </div>
      <dl className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-x-4 gap-y-2 text-xs">
        <Fact name="Agent">{plainLine(agentName(agentType))}</Fact>
        {model === null ? null : <Fact name="Model">{plainLine(model)}</Fact>}
        {attempt.startedAt === null ? null : (
          <Fact name="Started">
            <Moment at={attempt.startedAt} />
          </Fact>
        )}
        {attempt.startedAt === null ? null : (
          <Fact name="Took">
            <Took from={attempt.startedAt} to={attempt.endedAt} />
          </Fact>
        )}
        <Fact name="Cost">
          <Money amount={attempt.costUsd} estimated={attempt.costEstimated} />
          {attempt.costEstimated ? ' (partly estimated)' : ''}
        </Fact>
        <Fact name="Tokens">
          <span className="tabular-nums">
            {attempt.inputTokens.toLocaleString('en')} in, {attempt.outputTokens.toLocaleString('en')} out
          </span>
        </Fact>
        {exitCode === null ? null : <Fact name="Exit code">{exitCode}</Fact>}
        {sessionId === null ? null : <Session id={sessionId} />}
      </dl>
      {failure === null ? null : (
        <p className="mt-2 break-words text-bad">
          {failureWords(failure.kind)} <span className="text-ink-2">{plainText(failure.message)}</span>
          {failure.retryAt === null ? null : (
            <span className="text-ink-2">
              {' '}
              It takes requests again <Moment at={failure.retryAt} />.
            </span>
          )}
        </p>
      )}
      {errorMessage === null || errorMessage === failure?.message ? null : (
        <p className="mt-2 wrap-anywhere whitespace-pre-wrap text-bad">{plainText(errorMessage)}</p>
      )}
    </article>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-ink-3">{name}</dt>
      <dd className="break-words">{children}</dd>
    </div>
  )
}

function Took({ from, to }: { from: string; to: string | null }) {
  const now = useNow(1_000)
  return duration((to === null ? now : Date.parse(to)) - Date.parse(from))
}

function Session({ id }: { id: string }) {
  const toasts = useToasts()
  const copy = async () => {
    if (await copyText(id)) toasts.done('Copied the session id')
    else toasts.failed('The session id was not copied', new Error('This browser does not let pages copy.'))
  }
  return (
    <Fact name="Session">
      <span className="flex items-center gap-1">
        <code className="min-w-0 truncate" title={plainLine(id)}>
          {plainLine(id)}
        </code>
        <Button
          small
          look="quiet"
          className="h-6"
          aria-label="Copy the session id"
          onClick={() => void copy()}
        >
          <Copy className="size-3.5" aria-hidden="true" />
        </Button>
      </span>
    </Fact>
  )
}

/** Goes to the first line of the attempt in the log. */
function ShowInLog({ taskId, attempt }: { taskId: string; attempt: number }) {
  const navigate = useNavigate({ from: '/tasks/$taskId' })
  const toasts = useToasts()
  const find = useMutation({
    mutationFn: () => firstEntryOf(taskId, attempt),
    onSuccess: async (line) => {
      if (line === null) toasts.done(`Attempt ${attempt} has said nothing yet`)
      else await navigate({ search: { tab: 'log', line } })
    },
    onError: (error) => toasts.failed('The log could not be read', error),
  })
  return (
    <Button
      small
      look="quiet"
      className="ml-auto"
      busy={find.isPending}
      aria-label={`Show attempt ${attempt} in the log`}
      onClick={() => find.mutate()}
    >
      <ScrollText className="size-3.5" aria-hidden="true" />
      Log
    </Button>
  )
}
