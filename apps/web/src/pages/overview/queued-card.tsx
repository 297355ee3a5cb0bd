import type { Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { TaskLink } from '../../tasks/task-link.tsx'
import { waitingWords } from '../../tasks/waiting-words.ts'
import { plainText } from '../../ui/plain-text.ts'
import { TaskCard } from './task-card.tsx'

const SHOWN = 5
const USUAL_PRIORITY = 100
const STATES = ['pending', 'waiting_on_deps', 'queued'] as const

/** What is to start and why it has not yet. */
export function QueuedCard({ count }: { count: number }) {
  const { data } = useQuery(queries.tasksHead({ state: [...STATES] }, SHOWN))
  const { data: system } = useQuery(queries.system())
  const { nameOf } = useRepos()
  return (
    <>
      <TaskCard
        title="Queued"
        count={count}
        search={{ state: STATES }}
        tasks={data?.tasks.toSorted(
          (a, b) => a.priority - b.priority || (a.createdAt < b.createdAt ? -1 : 1),
        )}
        none="Nothing waits for a slot."
        row={(task) => (
          <QueuedTask task={task} repoName={nameOf(task.repoUrl)} paused={system?.paused != null} />
        )}
      />
      {system && count > 0 ? (
        <p className="px-1 text-xs text-ink-3">
          {system.running} of {system.maxConcurrent} slots are taken. Lower priority numbers go first, then
          age.{' '}
          <Link to="/system" className="underline">
            System
          </Link>{' '}
          has the limits.
        </p>
      ) : null}
    </>
  )
}

/** The reason is that of its own page, which knows what goes first and which limit it is. */
function QueuedTask({ task, repoName, paused }: { task: Task; repoName: string; paused: boolean }) {
  const { data } = useQuery(queries.task(task.id))
  const why = data?.explanation?.summary ?? waitingWords(task, { paused })?.why ?? ''
  return (
    <div className="px-4 py-2.5">
      <TaskLink task={task} />
      <p className="line-clamp-2 break-words text-ink-2">{plainText(why)}</p>
      <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-ink-3">
        <span className="truncate">{repoName}</span>
        {task.priority === USUAL_PRIORITY ? null : <span>priority {task.priority}</span>}
      </p>
    </div>
  )
}
