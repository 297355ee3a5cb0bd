import type { ExecutedDetail } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { NoPullRequest } from './no-pull-request.tsx'
import { PullRequestView } from './pull-request-view.tsx'

interface ChangesTabProps {
  readonly taskId: string
  readonly detail: ExecutedDetail
}

/** What the task proposes: its pull request with checks, diff and reviews, or why there is none yet. */
export function ChangesTab({ taskId, detail }: ChangesTabProps) {
  const { prNumber } = detail.task
  const { data, error, refetch } = useQuery({ ...queries.pullRequest(taskId), enabled: prNumber !== null })
  if (prNumber === null) return <NoPullRequest taskId={taskId} detail={detail} />
  if (data !== undefined) {
    // A task that starts over may get another pull request.
    return <PullRequestView key={data.number} taskId={taskId} detail={detail} latest={data} />
  }
  if (error) {
    return (
      <ErrorNotice
        error={error}
        title="The pull request could not be read"
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      />
    )
  }
  return <Loading what="the pull request" />
}
