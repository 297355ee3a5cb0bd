import { ApiError, type Secret } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '../../../api/client.ts'
import { Confirm } from '../../../ui/dialog.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'

interface DeleteSecretProps {
  readonly secret: Secret
  /** Where it holds, in words. */
  readonly scope: string
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
}

/** Asks, with what would be without it. */
export function DeleteSecret({ secret, scope, open, onOpenChange }: DeleteSecretProps) {
  const { name, usedBy } = secret
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const change = (next: boolean) => {
    onOpenChange(next)
    remove.reset()
  }
  const remove = useMutation({
    mutationFn: () => api.secrets.remove({ params: { name }, query: { scope: secret.scope } }),
    onSuccess: () => {
      toasts.done(`${name} is deleted`)
      onOpenChange(false)
    },
    onError: (error) => {
      // Somebody else was quicker.
      if (error instanceof ApiError && error.code === 'SECRET_NOT_FOUND') onOpenChange(false)
    },
    onSettled: () => void queryClient.invalidateQueries({ queryKey: ['secrets'] }),
  })
  return (
    <Confirm
      open={open}
      onOpenChange={change}
      title={`Delete ${name} (${scope})?`}
      description="Its value is gone then; Optio keeps no copy. Whatever needs it waits or fails, and says so."
      action="Delete the secret"
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      {usedBy.length === 0 ? (
        <p className="mt-3 text-ink-2">Nothing uses it.</p>
      ) : (
        <div className="mt-3">
          <p className="font-medium">What uses it:</p>
          <ul className="mt-1 list-disc pl-5 break-words text-ink-2">
            {usedBy.map((each) => (
              <li key={each}>{plainLine(each)}</li>
            ))}
          </ul>
        </div>
      )}
      {remove.error ? (
        <div className="mt-3">
          <ErrorNotice error={remove.error} title="It was not deleted" />
        </div>
      ) : null}
    </Confirm>
  )
}
