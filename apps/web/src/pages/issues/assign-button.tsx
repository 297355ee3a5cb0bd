import type { Issue } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { useToasts } from '../../ui/toasts.tsx'

/** Has a task made of an issue. Pressed by several people at once, there is one task, and all are shown that one. */
export function AssignButton({ issue }: { issue: Issue }) {
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const { externalId, optioTask } = issue
  const assign = useMutation({
    mutationFn: () => api.issues.assign({ body: { repoId: issue.repo.id, issueNumber: issue.number } }),
    onSuccess: ({ task }) =>
      toasts.done(`Optio works on ${plainLine(externalId)}`, `“${plainLine(task.title)}” is queued.`),
    onError: (error) => toasts.failed(`${plainLine(externalId)} could not be assigned`, error),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: ['issues'] })
      void queryClient.invalidateQueries({ queryKey: ['tasks'] })
    },
  })
  return (
    <Button
      small
      look={optioTask === null ? 'primary' : 'secondary'}
      busy={assign.isPending}
      onClick={() => assign.mutate()}
      aria-label={`${wordsFor(issue)}: ${plainLine(externalId)}`}
    >
      {wordsFor(issue)}
    </Button>
  )
}

function wordsFor({ optioTask }: Issue): string {
  return optioTask === null ? 'Assign to Optio' : 'Assign again'
}
