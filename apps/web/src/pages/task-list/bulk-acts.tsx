import type { TaskStats } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RotateCcw, Square } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { counted } from '../../ui/counted.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { useToasts } from '../../ui/toasts.tsx'

/** What is done to many tasks at once; asks first, and says to how many. */
export function BulkActs({ stats }: { stats: TaskStats }) {
  const [asking, setAsking] = useState<'retry' | 'cancel' | null>(null)
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const done = (words: string) => {
    toasts.done(words)
    setAsking(null)
    void queryClient.invalidateQueries({ queryKey: ['tasks'] })
  }
  const retry = useMutation({
    mutationFn: () => api.tasks.retryFailed(),
    onSuccess: ({ retried }) => done(`Queued ${counted(retried, 'task')} again`),
    onError: (error) => toasts.failed('Not all could be queued again', error),
  })
  const cancel = useMutation({
    mutationFn: () => api.tasks.cancelActive(),
    onSuccess: ({ cancelled }) => done(`Cancelled ${counted(cancelled, 'task')}`),
    onError: (error) => toasts.failed('Not all could be cancelled', error),
  })
  const active = stats.queued + stats.running
  return (
    <>
      {stats.failed > 0 ? (
        <Button onClick={() => setAsking('retry')}>
          <RotateCcw className="size-4" aria-hidden="true" />
          Retry all failed
        </Button>
      ) : null}
      {active > 0 ? (
        <Button onClick={() => setAsking('cancel')}>
          <Square className="size-4" aria-hidden="true" />
          Cancel active
        </Button>
      ) : null}
      <Confirm
        open={asking === 'retry'}
        onOpenChange={(open) => !open && setAsking(null)}
        title={`Queue ${counted(stats.failed, 'failed task')} again?`}
        description="Each starts a new attempt as soon as there is a slot for it, in every repository. That costs what agents cost."
        action={`Retry ${stats.failed}`}
        danger={false}
        busy={retry.isPending}
        onConfirm={() => retry.mutate()}
      />
      <Confirm
        open={asking === 'cancel'}
        onOpenChange={(open) => !open && setAsking(null)}
        title={`Cancel ${counted(active, 'task')}?`}
        description={`${stats.running} run and ${stats.queued} wait, in every repository. Agents are stopped; their work so far is kept, and a cancelled task can be retried. Open pull requests are left alone.`}
        action={`Cancel ${active}`}
        busy={cancel.isPending}
        onConfirm={() => cancel.mutate()}
      />
    </>
  )
}
