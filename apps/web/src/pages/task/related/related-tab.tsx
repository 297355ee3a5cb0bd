import type { Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link, Plus, Workflow } from 'lucide-react'
import { useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { hasBranch } from '../acts.ts'
import { AddDependency } from './add-dependency.tsx'
import { AddSubtask } from './add-subtask.tsx'
import { RelationGraph } from './relation-graph.tsx'

/** What is part of the task, what it waits for, and what waits for it. */
export function RelatedTab({ task }: { task: Task }) {
  const [asked, setAsked] = useState<'subtask' | 'dependency' | null>(null)
  const isCoding = hasBranch(task)
  const { data, error, refetch } = useQuery(queries.relations(task.id, isCoding))
  if (data === undefined) {
    return error ? (
      <ErrorNotice
        error={error}
        title="What has to do with this task could not be read"
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      />
    ) : (
      <Loading what="what has to do with it" />
    )
  }
  const { subtasks, hasMore, dependencies, dependents } = data
  const isOver = task.state === 'completed' || task.state === 'cancelled'
  // What it depends on is to be done before its first attempt.
  const canWait = isCoding && task.startedAt === null && !isOver
  const acts = (
    <>
      {isCoding && !isOver ? (
        <Button onClick={() => setAsked('subtask')}>
          <Plus className="size-4" aria-hidden="true" />
          Add a subtask
        </Button>
      ) : null}
      {canWait ? (
        <Button onClick={() => setAsked('dependency')}>
          <Link className="size-4" aria-hidden="true" />
          Wait for another task
        </Button>
      ) : null}
    </>
  )
  const isAlone =
    task.parentTaskId === null && subtasks.length + dependencies.length + dependents.length === 0
  return (
    <div className="space-y-4">
      {isAlone ? (
        <Empty icon={Workflow} title="It stands alone" actions={acts}>
          {isCoding
            ? isOver
              ? 'It had no subtasks, waited for no other task, and none waits for it.'
              : 'Split it into steps that are done in order, give it subtasks with pull requests of their own, or have it wait for another task.'
            : 'No task waits for it.'}
        </Empty>
      ) : (
        <>
          <div className="flex flex-wrap gap-2 empty:hidden">{acts}</div>
          <RelationGraph
            task={task}
            subtasks={subtasks}
            dependencies={dependencies}
            dependents={dependents}
            canRemove={canWait}
          />
          {hasMore ? <p className="text-ink-2">It has more subtasks than are shown here.</p> : null}
        </>
      )}
      {asked === 'subtask' ? <AddSubtask task={task} onClose={() => setAsked(null)} /> : null}
      {asked === 'dependency' ? (
        <AddDependency task={task} known={dependencies} onClose={() => setAsked(null)} />
      ) : null}
    </div>
  )
}
