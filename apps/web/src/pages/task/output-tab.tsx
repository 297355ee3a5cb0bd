import type { ExecutedDetail, Task } from '@optio/contract'
import { Copy, FileText } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { plainText } from '../../ui/plain-text.ts'
import { useToasts } from '../../ui/toasts.tsx'

/** What the agent said at its end: what comes of a run. */
export function OutputTab({ detail: { task, explanation } }: { detail: ExecutedDetail }) {
  const toasts = useToasts()
  const { output } = task
  if (output === null || output === '') {
    return (
      <Empty icon={FileText} title="There is no output">
        <p>{WHY[task.state]}</p>
        {explanation ? <p className="mt-2">{plainText(explanation.summary)}</p> : null}
      </Empty>
    )
  }
  const copy = () =>
    void navigator.clipboard
      .writeText(output)
      .then(() => toasts.done('Copied the output'))
      .catch((error: unknown) => toasts.failed('Could not copy the output', error))
  return (
    <div className="rounded-lg border border-line bg-surface">
      <div className="flex items-center justify-between gap-2 border-b border-line px-4 py-2">
        <h2 className="font-semibold">Output</h2>
        <Button small onClick={copy}>
          <Copy className="size-3.5" aria-hidden="true" />
          Copy
        </Button>
      </div>
      <p className="px-4 py-3 wrap-anywhere whitespace-pre-wrap">{plainText(output)}</p>
    </div>
  )
}

/** What an output waits for, by the state of the run. */
const WHY: Readonly<Record<Task['state'], string>> = {
  pending: 'The run is looked at, then an agent starts.',
  waiting_on_deps: 'What it depends on comes first.',
  queued: 'An agent starts as soon as there is a slot; what it says at its end is the output.',
  provisioning: 'Its directory is being prepared for the agent.',
  running:
    'The agent is at work. What it says at its end is the output; the log shows what it says meanwhile.',
  pr_opened: 'The agent has ended.',
  needs_attention: 'It waits for you, and has no output yet.',
  completed: 'The agent ended well and said nothing at its end. The log has what it said before.',
  failed: 'The run failed before there was one.',
  cancelled: 'The run was cancelled before there was one.',
}
