import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api } from '../../../api/client.ts'
import { Page } from '../../../ui/page.tsx'
import { useToasts } from '../../../ui/toasts.tsx'
import { type TaskTemplateBody, TaskTemplateForm } from './task-template-form.tsx'

export function NewTaskTemplatePage() {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const create = useMutation({
    mutationFn: (body: TaskTemplateBody) => api.taskTemplates.create({ body }),
    onSuccess: async () => {
      void queryClient.invalidateQueries({ queryKey: ['templates'] })
      toasts.done('The template was made')
      await navigate({ to: '/templates/tasks' })
    },
  })
  return (
    <Page title="New task template">
      <TaskTemplateForm
        template={null}
        action="Create the template"
        busy={create.isPending}
        error={create.error}
        onSubmit={(body) => create.mutate(body)}
      />
    </Page>
  )
}
