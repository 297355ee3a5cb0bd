import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { TaskLink } from '../../tasks/task-link.tsx'
import { Moment } from '../../ui/moments.tsx'
import { Money } from '../../ui/money.tsx'
import { Card } from '../../ui/page.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'

const SHOWN = 6

export function RecentCard() {
  const { data } = useQuery(queries.tasksHead({ state: ['completed', 'failed', 'cancelled'] }, SHOWN))
  const { nameOf } = useRepos()
  const tasks = data?.tasks ?? []
  return (
    <Card
      title="Recently finished"
      actions={
        <Link to="/activity" className="text-accent hover:underline">
          All activity
        </Link>
      }
    >
      {tasks.length === 0 ? (
        <p className="px-4 py-3 text-ink-3">Nothing is finished yet.</p>
      ) : (
        <ul className="divide-y divide-line">
          {tasks.map((task) => (
            <li key={task.id} className="px-4 py-2.5">
              <div className="flex items-start justify-between gap-3">
                <TaskLink task={task} />
                <Money amount={task.costUsd} />
              </div>
              <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-3">
                <StateBadge state={task.state} />
                <span className="truncate">{nameOf(task.repoUrl)}</span>
                <Moment at={task.completedAt ?? task.updatedAt} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
