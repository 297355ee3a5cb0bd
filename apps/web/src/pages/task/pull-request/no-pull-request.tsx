import type { ExecutedDetail, Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { GitPullRequest } from 'lucide-react'
import { queries } from '../../../api/queries.ts'
import { Empty } from '../../../ui/empty.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'

/** What comes before there is a pull request, by the task's state. */
const FIRST: Readonly<Record<Task['state'], string>> = {
  pending:
    'The task is looked at, then an agent works on it; Optio opens the pull request from what the agent commits.',
  waiting_on_deps: 'The tasks it depends on come first.',
  queued: 'An agent starts as soon as there is a slot; Optio opens the pull request from what it commits.',
  provisioning: 'The clone is being prepared for the agent.',
  running:
    'The agent is at work. When it ends, Optio publishes what it committed and opens the pull request.',
  pr_opened: 'The pull request is being opened.',
  needs_attention: 'It waits for you, and has no pull request yet.',
  completed: 'The task ended without a pull request.',
  failed: 'The task failed before there was a pull request.',
  cancelled: 'The task was cancelled before there was a pull request.',
}

/** Before there is a pull request: why, what comes first, and where the work is meanwhile. */
export function NoPullRequest({ taskId, detail }: { taskId: string; detail: ExecutedDetail }) {
  const { task, explanation } = detail
  const { data: environment } = useQuery({ ...queries.environment(taskId), enabled: task.startedAt !== null })
  return (
    <Empty icon={GitPullRequest} title="There is no pull request yet">
      <p>{FIRST[task.state]}</p>
      {explanation ? <p className="mt-2">{plainText(explanation.summary)}</p> : null}
      {task.errorMessage ? <p className="mt-2 text-bad">{plainText(task.errorMessage)}</p> : null}
      {environment?.path ? (
        <div className="mt-3 text-left">
          <p>
            What the agent did so far is in its clone
            {environment.branch ? (
              <>
                , on the branch <code className="wrap-anywhere">{plainLine(environment.branch)}</code>
              </>
            ) : null}
            {environment.onThisHost ? '' : ' (on another machine)'}:
          </p>
          <code className="mt-1 block rounded bg-sunken px-2 py-1 text-xs wrap-anywhere">
            {plainLine(environment.path)}
          </code>
        </div>
      ) : null}
    </Empty>
  )
}
