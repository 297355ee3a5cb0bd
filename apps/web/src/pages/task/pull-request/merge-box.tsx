import { MERGE_METHODS, type PullRequest, type Repo } from '@optio/contract'
import { GitMerge } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Confirm } from '../../../ui/dialog.tsx'
import { Select } from '../../../ui/field.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { CloseButton } from './close-button.tsx'
import { Obstacles } from './obstacles.tsx'
import { refusedObstacles, useMerge } from './use-merge.ts'

type Method = (typeof MERGE_METHODS)[number]

const METHODS: Readonly<Record<Method, string>> = {
  squash: 'Squash into one commit',
  merge: 'Merge commit',
  rebase: 'Rebase the commits',
}

interface MergeBoxProps {
  readonly taskId: string
  readonly pr: PullRequest
  readonly repo: Repo | null
  /** The pull request has newer commits than these. */
  readonly isStale: boolean
}

/** What stands in the way of a merge, and the merge itself, of exactly the commit that is shown. */
export function MergeBox({ taskId, pr, repo, isStale }: MergeBoxProps) {
  const [chosen, setChosen] = useState<Method | null>(null)
  const [isAsking, setIsAsking] = useState(false)
  const merge = useMerge(taskId, pr.head.sha)
  const method = chosen ?? repo?.mergeMethod ?? 'squash'
  const blocking = pr.mergeObstacles.filter(({ passedBy }) => passedBy === 'nothing')
  const forced = pr.mergeObstacles.filter(({ passedBy }) => passedBy === 'force')
  const reason = isStale ? 'There are new commits: reload the diff and look at them first.' : null
  const needsForce = blocking.length === 0 && forced.length > 0
  const onForce = () => {
    setIsAsking(false)
    merge.mutate({ method, force: true })
  }
  const target = `commit ${pr.head.sha.slice(0, 10)} into ${plainLine(pr.base.ref)}`
  return (
    <section aria-label="Merge" className="rounded-lg border border-line bg-surface p-4">
      <h3 className="font-semibold">
        {pr.mergeObstacles.length === 0
          ? 'Nothing stands in the way of a merge'
          : 'What stands in the way of a merge'}
      </h3>
      <Obstacles obstacles={pr.mergeObstacles} />
      {repo === null ? null : <p className="mt-2 text-ink-2">{policyWords(repo)}</p>}
      {merge.error ? (
        <div className="mt-3">
          <ErrorNotice error={merge.error} title="It was not merged" />
          <Obstacles obstacles={refusedObstacles(merge.error)} />
        </div>
      ) : null}
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <div className="w-56 max-w-full">
          <Select
            aria-label="How to merge"
            value={method}
            disabled={merge.isPending}
            onChange={(event) => setChosen(MERGE_METHODS.find((each) => each === event.target.value) ?? null)}
          >
            {MERGE_METHODS.map((each) => (
              <option key={each} value={each}>
                {METHODS[each]}
              </option>
            ))}
          </Select>
        </div>
        <Button
          look="primary"
          busy={merge.isPending}
          disabled={isStale || blocking.length > 0 || forced.length > 0}
          aria-describedby="merge-reason"
          onClick={() => merge.mutate({ method, force: false })}
        >
          <GitMerge className="size-4" aria-hidden="true" />
          {merge.isPending ? 'Merging…' : 'Merge'}
        </Button>
        {needsForce && !isStale ? (
          <Button look="danger" disabled={merge.isPending} onClick={() => setIsAsking(true)}>
            Merge anyway…
          </Button>
        ) : null}
        <CloseButton taskId={taskId} number={pr.number} disabled={merge.isPending} />
      </div>
      <p id="merge-reason" className="mt-2 text-xs text-ink-3">
        {reason ??
          blocking[0]?.message ??
          (needsForce ? 'Merging now would pass over what is said above.' : `Merges ${target}.`)}
      </p>
      <Confirm
        open={isAsking}
        onOpenChange={setIsAsking}
        title="Merge although something stands in the way?"
        description={`It merges ${target}, and passes over:`}
        action="Merge anyway"
        onConfirm={onForce}
      >
        <Obstacles obstacles={forced} />
      </Confirm>
    </section>
  )
}

function policyWords({ autoMerge, cautiousMode }: Repo): string {
  if (cautiousMode)
    return 'This repository is in cautious mode: pull requests are drafts, and a person merges.'
  return autoMerge
    ? 'Optio merges by itself as soon as nothing stands in the way.'
    : 'The repository’s autoMerge is off: a person merges.'
}
