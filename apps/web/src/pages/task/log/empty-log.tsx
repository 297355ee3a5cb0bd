import type { ExecutedDetail } from '@optio/contract'
import { Hourglass, ScrollText } from 'lucide-react'
import { Empty } from '../../../ui/empty.tsx'
import { plainText } from '../../../ui/plain-text.ts'

/** A log without entries: why, and what it takes. Entries appear by themselves. */
export function EmptyLog({ detail: { task, explanation } }: { detail: ExecutedDetail }) {
  if (task.state === 'running' || task.state === 'provisioning') {
    return (
      <Empty icon={ScrollText} title="No output yet">
        The agent has been started. What it says appears here by itself.
      </Empty>
    )
  }
  if (task.startedAt === null && task.completedAt === null) {
    return (
      <Empty icon={Hourglass} title="Not started yet">
        {plainText(explanation?.summary ?? 'It starts by itself as soon as there is a free slot.')}
      </Empty>
    )
  }
  return (
    <Empty icon={ScrollText} title="Nothing was logged">
      No agent has said anything in this task.
    </Empty>
  )
}
