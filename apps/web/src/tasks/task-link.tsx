import type { Task } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import type { TaskTab } from '../app/search.ts'
import { plainLine } from '../ui/plain-text.ts'

/** The title of a task as the link to it; `tab` opens that part of its page. */
export function TaskLink({ task, tab }: { task: Task; tab?: TaskTab | undefined }) {
  return (
    <Link
      to="/tasks/$taskId"
      params={{ taskId: task.id }}
      search={tab ? { tab } : {}}
      className="line-clamp-2 font-medium break-words hover:underline"
    >
      {plainLine(task.title)}
    </Link>
  )
}
