import type { Client } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { useToasts } from '../../ui/toasts.tsx'

interface DeleteTemplateProps {
  readonly list: '/templates' | '/templates/tasks'
  /** What comes of it. */
  readonly description: ReactNode
  readonly call: (api: Client) => Promise<unknown>
}

/** Deletes a template once that is confirmed, and goes to the list. */
export function DeleteTemplate({ list, description, call }: DeleteTemplateProps) {
  const [isAsking, setIsAsking] = useState(false)
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const toasts = useToasts()
  const remove = useMutation({
    mutationFn: () => call(api),
    onSuccess: async () => {
      toasts.done('The template was deleted')
      // What was typed has nowhere to be saved any more.
      await navigate({ to: list, ignoreBlocker: true })
      await queryClient.invalidateQueries({ queryKey: ['templates'] })
    },
    onError: (error) => toasts.failed('The template could not be deleted', error),
  })
  return (
    <>
      <Button look="danger" onClick={() => setIsAsking(true)}>
        <Trash2 className="size-4" aria-hidden="true" />
        Delete…
      </Button>
      <Confirm
        open={isAsking}
        onOpenChange={setIsAsking}
        title="Delete this template?"
        description={description}
        action="Delete the template"
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </>
  )
}
