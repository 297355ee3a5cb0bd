import { ApiError, type CallInput, type PullRequest, type Routes } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../../api/client.ts'
import { queries } from '../../../api/queries.ts'

type MergeInput = Pick<NonNullable<CallInput<Routes['pullRequests']['merge']>['body']>, 'method' | 'force'>

/** Merges exactly the head that was seen. */
export function useMerge(taskId: string, expectedHeadSha: string) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (body: MergeInput) =>
      api.pullRequests.merge({ params: { id: taskId }, body: { ...body, expectedHeadSha } }),
    onSuccess: ({ pullRequest }) =>
      queryClient.setQueryData(queries.pullRequest(taskId).queryKey, pullRequest),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['task', taskId] }),
  })
}

/** What stood in the way of a merge that the server refused; none for another error. */
export function refusedObstacles(error: unknown): PullRequest['mergeObstacles'] {
  if (!(error instanceof ApiError) || error.code !== 'MERGE_REFUSED') return []
  const { obstacles } = (error.details ?? {}) as { obstacles?: unknown }
  if (!Array.isArray(obstacles)) return []
  return obstacles.flatMap((each: unknown) => {
    const { code, message } = (each ?? {}) as { code?: unknown; message?: unknown }
    return typeof code === 'string' && typeof message === 'string'
      ? [{ code, message, passedBy: 'nothing' as const }]
      : []
  })
}
