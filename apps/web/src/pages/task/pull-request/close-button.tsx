import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Confirm } from '../../../ui/dialog.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { useToasts } from '../../../ui/toasts.tsx'

interface CloseButtonProps {
  readonly taskId: string
  readonly number: number
  readonly disabled: boolean
}

/** Closes the pull request without merging, after asking. */
export function CloseButton({ taskId, number, disabled }: CloseButtonProps) {
  const [isAsking, setIsAsking] = useState(false)
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const close = useMutation({
    mutationFn: () => api.pullRequests.close({ params: { id: taskId } }),
    onSuccess: ({ pullRequest }) => {
      queryClient.setQueryData(queries.pullRequest(taskId).queryKey, pullRequest)
      setIsAsking(false)
      toasts.done(`Closed pull request #${number}`, 'The task ends; its branch and its clone are kept.')
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['task', taskId] }),
  })
  return (
    <>
      <Button look="danger" className="ml-auto" disabled={disabled} onClick={() => setIsAsking(true)}>
        Close without merging…
      </Button>
      <Confirm
        open={isAsking}
        onOpenChange={setIsAsking}
        title={`Close pull request #${number} without merging?`}
        description="The task fails with it. The branch and the clone are kept; retrying the task opens another pull request."
        action="Close the pull request"
        busy={close.isPending}
        onConfirm={() => close.mutate()}
      >
        {close.error ? (
          <div className="mt-3">
            <ErrorNotice error={close.error} title="It was not closed" />
          </div>
        ) : null}
      </Confirm>
    </>
  )
}
