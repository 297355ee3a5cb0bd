import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useToasts } from '../ui/toasts.tsx'
import { api } from './client.ts'
import { queries } from './queries.ts'

/** Starting no more agents, and starting them again. Can be undone at once, so it does not ask. */
export function usePause() {
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const keep = ({ system }: Awaited<ReturnType<typeof api.system.get>>) =>
    queryClient.setQueryData(queries.system().queryKey, system)
  const pause = useMutation({
    mutationFn: (reason: string | null) => api.system.pause({ body: { reason } }),
    onSuccess: (answer) => {
      keep(answer)
      toasts.done('Paused', 'No new agents start. What runs goes on.')
    },
    onError: (error) => toasts.failed('Optio could not be paused', error),
  })
  const unpause = useMutation({
    mutationFn: () => api.system.unpause(),
    onSuccess: (answer) => {
      keep(answer)
      toasts.done('Agents start again')
    },
    onError: (error) => toasts.failed('Optio could not go on', error),
  })
  return {
    busy: pause.isPending || unpause.isPending,
    pause: (reason: string | null) => pause.mutate(reason),
    unpause: () => unpause.mutate(),
  }
}
