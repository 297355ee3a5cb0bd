import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { api } from '../../../api/client.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Loading } from '../../../ui/loading.tsx'
import { Page } from '../../../ui/page.tsx'
import { useToasts } from '../../../ui/toasts.tsx'
import { type PromptTemplateBody, PromptTemplateForm } from './prompt-template-form.tsx'

const route = getRouteApi('/templates/new')

export function NewPromptTemplatePage() {
  const { kind = 'prompt', repo: repoId } = route.useSearch()
  const navigate = route.useNavigate()
  const { repos, isPending } = useRepos()
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const create = useMutation({
    mutationFn: (body: PromptTemplateBody) => api.promptTemplates.create({ body }),
    onSuccess: async ({ template }) => {
      void queryClient.invalidateQueries({ queryKey: ['templates'] })
      toasts.done('The template was made')
      await navigate({ to: '/templates/$templateId', params: { templateId: template.id } })
    },
  })
  const repoUrl = repos.find(({ id }) => id === repoId)?.repoUrl ?? ''
  return (
    <Page title="New prompt template">
      {isPending ? (
        <Loading what="the repositories" />
      ) : (
        <PromptTemplateForm
          initial={{ name: '', kind, repoUrl, description: '', template: '', isDefault: repoUrl !== '' }}
          action="Create the template"
          busy={create.isPending}
          error={create.error}
          onSubmit={(body) => create.mutate(body)}
        />
      )}
    </Page>
  )
}
