import { PROMPT_TEMPLATE_KINDS, type PromptTemplate, type PromptTemplateKind } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { MessageSquareCode, Plus } from 'lucide-react'
import { queries } from '../../../api/queries.ts'
import { changeSearch } from '../../../app/search.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { Field, Select } from '../../../ui/field.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { Page } from '../../../ui/page.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { RepoChoice } from '../repo-choice.tsx'
import { TemplateList } from '../template-list.tsx'
import { TemplateTabs } from '../template-tabs.tsx'
import { EffectiveCard } from './effective-card.tsx'
import { KIND_WORDS } from './kind-words.ts'

const route = getRouteApi('/templates')

/** What agents are told, by kind and repository: which template holds, and all there are. */
export function PromptTemplateListPage() {
  const search = route.useSearch()
  const { kind, repo: repoId } = search
  const navigate = route.useNavigate()
  const { repos } = useRepos()
  const repo = repos.find(({ id }) => id === repoId)
  const change = (part: { kind?: string; repo?: string }) =>
    void navigate({ search: changeSearch(search, part), replace: true })
  return (
    <Page
      title="Prompt templates"
      heading="Templates"
      actions={
        <Button asChild>
          <Link to="/templates/new" search={search}>
            <Plus className="size-4" aria-hidden="true" />
            New prompt template
          </Link>
        </Button>
      }
    >
      <div className="space-y-4">
        <TemplateTabs chosen="/templates" />
        <p className="max-w-prose text-ink-2">
          What agents are told besides the words of the task. Optio has a built-in text for each kind; a
          template that is the default takes its place.
        </p>
        <div className="grid gap-3 sm:max-w-xl sm:grid-cols-2">
          <Field label="Kind">
            {(control) => (
              <Select
                {...control}
                value={kind ?? ''}
                onChange={({ target }) => change({ kind: target.value })}
              >
                <option value="">All kinds</option>
                {PROMPT_TEMPLATE_KINDS.map((each) => (
                  <option key={each} value={each}>
                    {KIND_WORDS[each].name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <RepoChoice
            label="Repository"
            value={repo?.repoUrl ?? ''}
            all="All repositories"
            onChange={(repoUrl) => change({ repo: repos.find((each) => each.repoUrl === repoUrl)?.id ?? '' })}
          />
        </div>
        {kind === undefined ? null : (
          <EffectiveCard kind={kind} repoUrl={repo?.repoUrl ?? ''} repoId={repo?.id} />
        )}
        <List kind={kind} repoUrl={repo?.repoUrl} />
      </div>
    </Page>
  )
}

function List({ kind, repoUrl }: { kind: PromptTemplateKind | undefined; repoUrl: string | undefined }) {
  const list = useInfiniteQuery(queries.promptTemplates(kind, repoUrl))
  const { nameOf } = useRepos()
  return (
    <TemplateList
      list={list}
      label="Prompt templates, newest first"
      empty={
        <Empty
          icon={MessageSquareCode}
          title={
            kind || repoUrl ? 'There is no template of its own here' : 'There are no prompt templates yet'
          }
          actions={
            <Button asChild look="primary">
              <Link to="/templates/new" search={kind ? { kind } : {}}>
                New prompt template
              </Link>
            </Button>
          }
        >
          Nothing is missing: agents get the built-in texts. Write a template when they should be told
          something else, such as how your team names its commits.
        </Empty>
      }
      row={(template) => <Row key={template.id} template={template} repoName={nameOf(template.repoUrl)} />}
    />
  )
}

function Row({ template, repoName }: { template: PromptTemplate; repoName: string }) {
  const { id, name, kind, description, isDefault, repoUrl, updatedAt } = template
  return (
    <li className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Link
          to="/templates/$templateId"
          params={{ templateId: id }}
          className="font-medium wrap-anywhere hover:underline"
        >
          {plainLine(name)}
        </Link>
        {isDefault ? (
          <span className="rounded-full bg-good-soft px-2 py-0.5 text-xs font-medium text-good">Default</span>
        ) : null}
      </div>
      <p className="mt-0.5 flex flex-wrap gap-x-3 text-xs text-ink-3">
        <span>{KIND_WORDS[kind].name}</span>
        <span className="max-w-64 truncate">{repoUrl === null ? 'All repositories' : repoName}</span>
        <span>
          changed <Moment at={updatedAt} />
        </span>
      </p>
      {description ? (
        <p className="mt-0.5 line-clamp-2 text-xs wrap-anywhere text-ink-2">{plainLine(description)}</p>
      ) : null}
    </li>
  )
}
