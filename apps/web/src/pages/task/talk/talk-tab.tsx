import type { Task } from '@optio/contract'
import { Comments } from './comments.tsx'
import { Messages } from './messages.tsx'

/** What people say: to the agent while it works, and to each other about the task. */
export function TalkTab({ task }: { task: Task }) {
  return (
    <div className="grid items-start gap-6 lg:grid-cols-2">
      <Messages task={task} />
      <Comments task={task} />
    </div>
  )
}
