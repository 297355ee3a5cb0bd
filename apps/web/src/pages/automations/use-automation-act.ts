import type { Client } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { useToasts } from '../../ui/toasts.tsx'

interface Words {
  /** What was done; left out where the page itself shows it. */
  readonly done?: string
  readonly failed: string
  /** Before anything is read again: what was deleted would not be found. */
  readonly after?: () => unknown
}

/** Has something done to a definition or its triggers, and says what came of it. */
export function useAutomationAct(id: string): {
  readonly isBusy: boolean
  act(call: (api: Client) => Promise<unknown>, words: Words): void
} {
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const mutation = useMutation({
    mutationFn: ({ call }: { call: (api: Client) => Promise<unknown>; words: Words }) => call(api),
    onSuccess: async (_, { words }) => {
      if (words.done !== undefined) toasts.done(words.done)
      await words.after?.()
    },
    onError: (error, { words }) => toasts.failed(words.failed, error),
    onSettled: () =>
      Promise.all(
        [['definitions'], ['triggers', id]].map((queryKey) => queryClient.invalidateQueries({ queryKey })),
      ),
  })
  return { isBusy: mutation.isPending, act: (call, words) => mutation.mutate({ call, words }) }
}
