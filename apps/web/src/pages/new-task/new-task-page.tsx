import type { Repo } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { FolderGit2 } from 'lucide-react'
import { type SubmitEvent, useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { KindChoice } from '../../tasks/kind-choice.tsx'
import { useRepos } from '../../tasks/repo-names.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { fieldErrors } from '../../ui/field-errors.ts'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { bodyOf, useTaskDraft } from './draft.ts'
import { TaskFields } from './task-fields.tsx'
import { filledIn, TemplateChoice } from './template-choice.tsx'

export function NewTaskPage() {
  const { repos, isPending, error } = useRepos()
  return (
    <Page title="New task">
      <div className="mb-4">
        <KindChoice chosen="repo-task" />
      </div>
      {isPending ? (
        <Loading what="the repositories" />
      ) : error && repos.length === 0 ? (
        <ErrorNotice error={error} title="The repositories could not be read" />
      ) : repos.length === 0 ? (
        <Empty
          icon={FolderGit2}
          title="A task needs a repository to work on"
          actions={
            <Button asChild look="primary">
              <Link to="/repos/new">Connect a repository</Link>
            </Button>
          }
        >
          Connect a git repository of this machine; then come back and say what is to be done in it. A
          standalone task needs none.
        </Empty>
      ) : (
        <TaskForm repos={repos} />
      )}
    </Page>
  )
}

const route = getRouteApi('/tasks/new')

function TaskForm({ repos }: { repos: readonly Repo[] }) {
  const { repo: wantedId, template: templateId } = route.useSearch()
  const navigate = route.useNavigate()
  const queryClient = useQueryClient()
  const form = useRef<HTMLFormElement>(null)
  const { draft, change, clear } = useTaskDraft()
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})

  const { data: template } = useQuery({
    ...queries.taskTemplate(templateId ?? ''),
    enabled: Boolean(templateId),
  })
  const filled = useRef<string | null>(null)
  useEffect(() => {
    // Once for each template of the address: what is typed after that stays.
    if (template === undefined || filled.current === template.id) return
    filled.current = template.id
    change(filledIn(template))
  }, [template, change])

  const repo = chooseRepo(repos, wantedId, draft.repoUrl)
  const complete = { ...draft, repoUrl: repo?.repoUrl ?? '' }

  const create = useMutation({
    mutationFn: (body: ReturnType<typeof bodyOf>['body']) => api.tasks.create({ body }),
    onSuccess: async ({ task }) => {
      clear()
      void queryClient.invalidateQueries({ queryKey: ['tasks'] })
      await navigate({ to: '/tasks/$taskId', params: { taskId: task.id } })
    },
  })
  const errors = { ...fieldErrors(create.error), ...problems }

  // The eye and the screen reader go to the first field that has to be mended.
  useEffect(() => {
    if (create.error || Object.keys(problems).length > 0) {
      form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    }
  }, [create.error, problems])

  const submit = (event?: SubmitEvent) => {
    event?.preventDefault()
    if (create.isPending) return
    const { body, problems: found } = bodyOf(complete)
    setProblems(found)
    create.reset()
    if (Object.keys(found).length === 0) create.mutate(body)
  }
  const words = Object.keys(errors).length === 0 || create.error === null ? create.error : null
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          submit()
        }
      }}
      className="max-w-3xl space-y-4"
    >
      <TemplateChoice
        value={templateId ?? ''}
        onChange={(chosen) => {
          filled.current = chosen?.id ?? null
          if (chosen) change(filledIn(chosen))
          void navigate({ search: chosen ? { template: chosen.id } : {}, replace: true })
        }}
      />
      <TaskFields draft={complete} repo={repo} repos={repos} errors={errors} change={change} />
      {words ? <ErrorNotice error={words} title="The task was not created" /> : null}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" busy={create.isPending}>
          Create the task
        </Button>
        <p className="text-xs text-ink-3">
          Ctrl or Cmd + Enter does the same. What you type is kept until then.
        </p>
      </div>
    </form>
  )
}

/** The one that was chosen here, else the one of the address, else the only one. */
function chooseRepo(repos: readonly Repo[], wantedId: string | undefined, repoUrl: string): Repo | null {
  return (
    repos.find((repo) => repo.id === wantedId) ??
    repos.find((repo) => repo.repoUrl === repoUrl) ??
    (repos.length === 1 ? (repos[0] ?? null) : null)
  )
}
