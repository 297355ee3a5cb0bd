import type { Client } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../../api/client.ts'

/** Has something done to comments; `error` says why the last try came to nothing. */
export function useCommentAct(taskId: string): {
  readonly isBusy: boolean
  readonly error: Error | null
  act(call: (api: Client) => Promise<unknown>, after: () => void): void
} {
  const queryClient = useQueryClient()
  const mutation = useMutation({
    mutationFn: async ({ call }: { call: (api: Client) => Promise<unknown>; after: () => void }) => {
      await call(api)
      await queryClient.invalidateQueries({ queryKey: ['task', taskId, 'comments'] })
    },
    onSuccess: (_, { after }) => after(),
  })
  return {
    isBusy: mutation.isPending,
    error: mutation.error,
    act: (call, after) => mutation.mutate({ call, after }),
  }
}
