import type { AgentDiagnosis, Diagnosis, DoctorReport as Report } from '@optio/contract'
import { CircleAlert, CircleCheck, CircleMinus, RefreshCw, TriangleAlert } from 'lucide-react'
import { agentName, loginWords } from '../../ui/agent-name.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { counted } from '../../ui/counted.ts'
import { Loading } from '../../ui/loading.tsx'
import { Moment } from '../../ui/moments.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Card } from '../../ui/page.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'

interface DoctorReportProps {
  readonly report: Report | undefined
  readonly error: unknown
  readonly busy: boolean
  readonly onAgain: () => void
}

const STATUS = {
  problem: { icon: CircleAlert, ink: 'text-bad', words: 'Problem', place: 0 },
  warning: { icon: TriangleAlert, ink: 'text-warn', words: 'Warning', place: 1 },
  ok: { icon: CircleCheck, ink: 'text-good', words: 'Fine', place: 2 },
  off: { icon: CircleMinus, ink: 'text-ink-3', words: 'Off', place: 3 },
} as const

/** What `optio doctor` finds, the worst first, each with what to do about it. */
export function DoctorReport({ report, error, busy, onAgain }: DoctorReportProps) {
  // Agents have a table of their own.
  const diagnoses = report?.diagnoses.filter(({ area }) => area !== 'agents') ?? []
  return (
    <>
      <Card
        title="Agents"
        actions={
          report ? (
            <div className="flex items-center gap-2 text-xs text-ink-3">
              <span>
                looked at <Moment at={report.checkedAt} />
              </span>
              <Button small busy={busy} onClick={onAgain}>
                <RefreshCw className="size-3.5" aria-hidden="true" />
                Look again
              </Button>
            </div>
          ) : null
        }
      >
        {report ? <Agents agents={report.agents} /> : <NotYet error={error} onAgain={onAgain} />}
      </Card>
      {report ? (
        <Card title={`Doctor: ${summary(diagnoses)}`}>
          <ul className="divide-y divide-line">
            {diagnoses
              .toSorted((a, b) => STATUS[a.status].place - STATUS[b.status].place)
              .map((diagnosis) => (
                <Found key={diagnosis.id} diagnosis={diagnosis} />
              ))}
          </ul>
        </Card>
      ) : null}
    </>
  )
}

function NotYet({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  return (
    <div className="p-4">
      {error ? (
        <ErrorNotice
          error={error}
          title="The machine could not be looked at"
          actions={<Button onClick={onAgain}>Try again</Button>}
        />
      ) : (
        <Loading what="what this machine can run" />
      )}
    </div>
  )
}

function summary(diagnoses: readonly Diagnosis[]): string {
  const count = (status: Diagnosis['status']) => diagnoses.filter((each) => each.status === status).length
  const found = [
    count('problem') > 0 ? counted(count('problem'), 'problem') : '',
    count('warning') > 0 ? counted(count('warning'), 'warning') : '',
  ].filter(Boolean)
  return found.length === 0 ? 'all is well' : found.join(', ')
}

function Found({ diagnosis: { status, title, detail, remedy } }: { diagnosis: Diagnosis }) {
  const { icon: Icon, ink, words } = STATUS[status]
  return (
    <li className="flex gap-3 px-4 py-2.5">
      <Icon className={cx('mt-0.5 size-4 shrink-0', ink)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap gap-x-2">
          <span className="font-medium">{plainLine(title)}</span>
          <span className={cx('text-xs leading-5', ink)}>{words}</span>
        </p>
        <p className="break-words text-ink-2">{plainText(detail)}</p>
        {remedy === null ? null : (
          <p className="mt-1 break-words whitespace-pre-wrap">
            <span className="font-medium">What to do: </span>
            {plainText(remedy)}
          </p>
        )}
      </div>
    </li>
  )
}

function Agents({ agents }: { agents: readonly AgentDiagnosis[] }) {
  return (
    <ul className="divide-y divide-line">
      {agents.map(({ type, available, version, login, problem }) => (
        <li key={type} className="flex flex-wrap gap-x-4 gap-y-0.5 px-4 py-2.5">
          <span className="w-40 shrink-0 font-medium">{agentName(type)}</span>
          <span className="min-w-0 flex-1 basis-60 break-words">
            {available ? (
              <span className="text-good">
                Ready{version === null ? '' : `: ${plainLine(version)}`}
                {login === null ? '' : `, logged in ${loginWords(login)}`}
              </span>
            ) : (
              <span className="text-ink-2">{problem === null ? 'Not available.' : plainText(problem)}</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}
