import type { Client } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useToasts } from '../../ui/toasts.tsx'

interface Words {
  /** What was done. */
  readonly done: string
  /** What happens next. */
  readonly next?: string
  readonly failed: string
  readonly after?: () => void
}

/** Has something done to a task, and says what came of it. */
export function useTaskAct(taskId: string): {
  readonly isBusy: boolean
  act(call: (api: Client) => Promise<unknown>, words: Words): void
} {
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const mutation = useMutation({
    mutationFn: ({ call }: { call: (api: Client) => Promise<unknown>; words: Words }) => call(api),
    onSuccess: (_, { words }) => {
      toasts.done(words.done, words.next)
      words.after?.()
    },
    onError: (error, { words }) => toasts.failed(words.failed, error),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: ['task', taskId] })
      void queryClient.invalidateQueries({ queryKey: ['tasks'] })
    },
  })
  return { isBusy: mutation.isPending, act: (call, words) => mutation.mutate({ call, words }) }
}
