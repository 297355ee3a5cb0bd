import type { TaskTemplate } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Page } from '../../../ui/page.tsx'
import { useToasts } from '../../../ui/toasts.tsx'
import { DeleteTemplate } from '../delete-template.tsx'
import { UnknownTemplate } from '../unknown-template.tsx'
import { type TaskTemplateBody, TaskTemplateForm } from './task-template-form.tsx'

const route = getRouteApi('/templates/tasks/$templateId')

export function TaskTemplatePage() {
  const { templateId } = route.useParams()
  const { data, error, refetch } = useQuery(queries.taskTemplate(templateId))
  if (data) return <Known key={data.id} template={data} />
  return <UnknownTemplate error={error} list="/templates/tasks" again={() => void refetch()} />
}

function Known({ template }: { template: TaskTemplate }) {
  const { id } = template
  const queryClient = useQueryClient()
  const toasts = useToasts()
  // A new form after each saving; what somebody else changes meanwhile takes nothing away that is being typed.
  const [version, setVersion] = useState(0)
  const save = useMutation({
    mutationFn: (body: TaskTemplateBody) => api.taskTemplates.edit({ params: { id }, body: editOf(body) }),
    onSuccess: async ({ template: saved }) => {
      queryClient.setQueryData(queries.taskTemplate(id).queryKey, saved)
      setVersion((before) => before + 1)
      toasts.done('The template was saved')
      await queryClient.invalidateQueries({ queryKey: ['templates'] })
    },
  })
  return (
    <Page
      title={template.name}
      actions={
        <>
          <Button asChild>
            <Link to="/tasks/new" search={{ template: id }}>
              New task from it
            </Link>
          </Button>
          <DeleteTemplate
            list="/templates/tasks"
            description="Tasks that were made from it stay as they are."
            call={(client) => client.taskTemplates.remove({ params: { id } })}
          />
        </>
      }
    >
      <TaskTemplateForm
        key={version}
        template={template}
        action="Save"
        busy={save.isPending}
        error={save.error}
        onSubmit={(body) => save.mutate(body)}
      />
    </Page>
  )
}

/** What is of no use in a change is left out: the rest of it stays. */
function editOf({ metadata: _, ...body }: TaskTemplateBody) {
  return body
}
