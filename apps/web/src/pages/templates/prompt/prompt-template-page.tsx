import type { PromptTemplate } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { queries } from '../../../api/queries.ts'
import { Page } from '../../../ui/page.tsx'
import { useToasts } from '../../../ui/toasts.tsx'
import { DeleteTemplate } from '../delete-template.tsx'
import { UnknownTemplate } from '../unknown-template.tsx'
import { type PromptTemplateBody, PromptTemplateForm } from './prompt-template-form.tsx'

const route = getRouteApi('/templates/$templateId')

export function PromptTemplatePage() {
  const { templateId } = route.useParams()
  const { data, error, refetch } = useQuery(queries.promptTemplate(templateId))
  if (data) return <Known key={data.id} template={data} />
  return <UnknownTemplate error={error} list="/templates" again={() => void refetch()} />
}

function Known({ template }: { template: PromptTemplate }) {
  const { id } = template
  const queryClient = useQueryClient()
  const toasts = useToasts()
  // A new form after each saving; what somebody else changes meanwhile takes nothing away that is being typed.
  const [version, setVersion] = useState(0)
  const save = useMutation({
    mutationFn: (body: PromptTemplateBody) => api.promptTemplates.edit({ params: { id }, body }),
    onSuccess: async ({ template: saved }) => {
      queryClient.setQueryData(queries.promptTemplate(id).queryKey, saved)
      setVersion((before) => before + 1)
      toasts.done('The template was saved', 'It holds for agents that start from now on.')
      await queryClient.invalidateQueries({ queryKey: ['templates'] })
    },
  })
  return (
    <Page
      title={template.name}
      actions={
        <DeleteTemplate
          list="/templates"
          description={
            template.isDefault
              ? 'Agents that start from now on are given the next one that holds: the default for all, or the built-in text.'
              : 'No agent is given it by itself, so nothing else changes.'
          }
          call={(client) => client.promptTemplates.remove({ params: { id } })}
        />
      }
    >
      <PromptTemplateForm
        key={version}
        initial={{
          name: template.name,
          kind: template.kind,
          repoUrl: template.repoUrl ?? '',
          description: template.description ?? '',
          template: template.template,
          isDefault: template.isDefault,
        }}
        declared={Object.keys((template.paramsSchema?.properties as object | undefined) ?? {})}
        action="Save"
        busy={save.isPending}
        error={save.error}
        onSubmit={(body) => save.mutate(body)}
      />
    </Page>
  )
}
