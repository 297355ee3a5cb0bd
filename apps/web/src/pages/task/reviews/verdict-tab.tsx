import type { ExecutedDetail, Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScanEye } from 'lucide-react'
import { queries } from '../../../api/queries.ts'
import { Empty } from '../../../ui/empty.tsx'
import { Notice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { VerdictBadge } from './verdict.tsx'

/** What a review came to, and for which commit it counts. */
export function VerdictTab({ detail: { task, explanation } }: { detail: ExecutedDetail }) {
  const { verdict } = task
  return (
    <div className="space-y-4">
      <WhatItRead task={task} />
      {verdict === null ? (
        <Empty icon={ScanEye} title="There is no verdict">
          <p>{WHY[task.state]}</p>
          {explanation ? <p className="mt-2">{plainText(explanation.summary)}</p> : null}
        </Empty>
      ) : (
        <Card title="Verdict" actions={<VerdictBadge verdict={verdict.verdict} />}>
          <p className="px-4 py-3 wrap-anywhere whitespace-pre-wrap">{plainText(verdict.summary)}</p>
          {verdict.comments.length > 0 ? (
            <ul aria-label="Comments on lines" className="divide-y divide-line border-t border-line">
              {verdict.comments.map(({ path, line, body }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a verdict never changes
                <li key={index} className="px-4 py-3">
                  <Place task={task} path={path} line={line} />
                  <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{plainText(body)}</p>
                </li>
              ))}
            </ul>
          ) : null}
        </Card>
      )}
    </div>
  )
}

function Place({ task, path, line }: { task: Task; path: string; line: number | null }) {
  const words = `${plainLine(path)}${line === null ? '' : `, line ${line}`}`
  if (task.parentTaskId === null) return <p className="font-mono text-xs wrap-anywhere text-ink-3">{words}</p>
  return (
    <Link
      to="/tasks/$taskId"
      params={{ taskId: task.parentTaskId }}
      search={{ tab: 'changes', file: path }}
      className="font-mono text-xs wrap-anywhere text-accent hover:underline"
    >
      {words}
    </Link>
  )
}

/** A verdict is worth something for exactly the commit that was read. */
function WhatItRead({ task: { parentTaskId, reviewedSha } }: { task: Task }) {
  const { data: pr } = useQuery({
    ...queries.pullRequest(parentTaskId ?? ''),
    enabled: parentTaskId !== null,
    retry: false,
  })
  if (reviewedSha === null) return null
  const read = <code title={reviewedSha}>{reviewedSha.slice(0, 10)}</code>
  if (pr === undefined) return <p className="text-ink-2">It reads commit {read}.</p>
  if (pr.state !== 'open') {
    return (
      <p className="text-ink-2">
        It reads commit {read} of pull request #{pr.number}, which is {pr.state}.
      </p>
    )
  }
  if (pr.head.sha === reviewedSha) {
    return (
      <p className="text-ink-2">
        It reads commit {read}: still the head of pull request #{pr.number}.
      </p>
    )
  }
  return (
    <Notice tone="warn" title="There are newer commits">
      It reads commit {read}; pull request #{pr.number} is at <code>{pr.head.sha.slice(0, 10)}</code> by now.
      What it says counts for the older one alone.
    </Notice>
  )
}

const WHY: Readonly<Record<Task['state'], string>> = {
  pending: 'The review is looked at, then an agent starts.',
  waiting_on_deps: 'What it depends on comes first.',
  queued: 'An agent starts as soon as there is a slot.',
  provisioning: 'A copy of the commit is being prepared for the agent.',
  running: 'The agent reads. The log shows what it says meanwhile.',
  pr_opened: 'The agent has ended.',
  needs_attention: 'It waits for you, and has come to nothing yet.',
  completed: 'The agent ended without one.',
  failed: 'The review failed before there was one. That is no approval; retry it, or have another one made.',
  cancelled: 'The review was cancelled before there was one.',
}
