import type { Task } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { TaskListSearch } from '../../app/search.ts'
import { counted } from '../../ui/counted.ts'
import { Card } from '../../ui/page.tsx'

interface TaskCardProps {
  readonly title: string
  readonly count: number
  /** The list that shows all of them. */
  readonly search: TaskListSearch
  readonly tasks: readonly Task[] | undefined
  /** What stands there when there are none. */
  readonly none: string
  readonly row: (task: Task) => ReactNode
}

/** Some tasks under a heading with their number, and the way to all of them. */
export function TaskCard({ title, count, search, tasks = [], none, row }: TaskCardProps) {
  return (
    <Card
      title={
        <>
          {title}
          {count > 0 ? (
            <span className="ml-2 font-normal text-ink-3 tabular-nums">{count.toLocaleString('en')}</span>
          ) : null}
        </>
      }
      actions={
        count > tasks.length && tasks.length > 0 ? (
          <Link to="/tasks" search={search} className="text-accent hover:underline">
            Show all {counted(count, 'task')}
          </Link>
        ) : null
      }
    >
      {tasks.length === 0 ? (
        <p className="px-4 py-3 text-ink-3">{none}</p>
      ) : (
        <ul className="divide-y divide-line">
          {tasks.map((task) => (
            <li key={task.id}>{row(task)}</li>
          ))}
        </ul>
      )}
    </Card>
  )
}
