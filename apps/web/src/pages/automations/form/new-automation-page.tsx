import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { FolderGit2 } from 'lucide-react'
import { api } from '../../../api/client.ts'
import type { AutomationKind } from '../../../app/search.ts'
import { KindChoice } from '../../../tasks/kind-choice.tsx'
import { KINDS } from '../../../tasks/kinds.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Page } from '../../../ui/page.tsx'
import { useToasts } from '../../../ui/toasts.tsx'
import { type AutomationDraft, EMPTY, newBody, repoOf } from './automation-draft.ts'
import { AutomationForm } from './automation-form.tsx'
import { useUsualAgent } from './use-usual-agent.ts'

const route = getRouteApi('/automations/new')

/** A new blueprint, or a new standalone task. */
export function NewAutomationPage() {
  const { kind = 'repo-blueprint', repo } = route.useSearch()
  return (
    <Page title={`New ${KINDS[kind].name.toLowerCase()}`}>
      <div className="space-y-4">
        <KindChoice chosen={kind} />
        {kind === 'standalone' ? <NewStandalone /> : <NewBlueprint repoId={repo} />}
      </div>
    </Page>
  )
}

function NewBlueprint({ repoId }: { repoId: string | undefined }) {
  const { repos, isPending, error } = useRepos()
  if (isPending) return <Loading what="the repositories" />
  if (error && repos.length === 0) {
    return <ErrorNotice error={error} title="The repositories could not be read" />
  }
  if (repos.length === 0) {
    return (
      <Empty
        icon={FolderGit2}
        title="A blueprint needs a repository to work on"
        actions={
          <>
            <Button asChild look="primary">
              <Link to="/repos/new">Connect a repository</Link>
            </Button>
            <Button asChild>
              <Link to="/automations/new" search={{ kind: 'standalone' }}>
                Make a standalone task
              </Link>
            </Button>
          </>
        }
      >
        Connect a git repository of this machine; or make a standalone task, which needs none.
      </Empty>
    )
  }
  return <New kind="repo-blueprint" initial={{ ...EMPTY, repoUrl: repoOf(repos, repoId)?.repoUrl ?? '' }} />
}

function NewStandalone() {
  const usual = useUsualAgent()
  if (usual === null) return <Loading what="the agents" />
  return <New kind="standalone" initial={{ ...EMPTY, agentType: usual }} />
}

function New({ kind, initial }: { kind: AutomationKind; initial: AutomationDraft }) {
  const navigate = route.useNavigate()
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const create = useMutation({
    mutationFn: (fields: Readonly<Record<string, unknown>>) =>
      api.tasks.create({ body: newBody(kind, fields) }),
    onSuccess: async ({ task }) => {
      toasts.done(`The ${KINDS[kind].name.toLowerCase()} was created`, 'Run it, or add a trigger to it.')
      void queryClient.invalidateQueries({ queryKey: ['definitions'] })
      await navigate({
        to: '/automations/$automationId',
        params: { automationId: task.id },
        ignoreBlocker: true,
      })
    },
  })
  return (
    <AutomationForm
      kind={kind}
      initial={initial}
      isKnown={false}
      action={`Create the ${KINDS[kind].name.toLowerCase()}`}
      busy={create.isPending}
      error={create.error}
      onSubmit={(fields) => create.mutate(fields)}
    />
  )
}
