import type { TaskTemplate } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { FileText, Plus } from 'lucide-react'
import { queries } from '../../../api/queries.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { Page } from '../../../ui/page.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { TemplateList } from '../template-list.tsx'
import { TemplateTabs } from '../template-tabs.tsx'

/** Tasks that are filled in beforehand. */
export function TaskTemplateListPage() {
  return (
    <Page
      title="Task templates"
      heading="Templates"
      actions={
        <Button asChild>
          <Link to="/templates/tasks/new">
            <Plus className="size-4" aria-hidden="true" />
            New task template
          </Link>
        </Button>
      }
    >
      <div className="space-y-4">
        <TemplateTabs chosen="/templates/tasks" />
        <p className="max-w-prose text-ink-2">
          The form of a new task, filled in beforehand: whoever starts from one changes what is different this
          time.
        </p>
        <List />
      </div>
    </Page>
  )
}

function List() {
  const list = useInfiniteQuery(queries.taskTemplates())
  const { nameOf } = useRepos()
  return (
    <TemplateList
      list={list}
      label="Task templates, newest first"
      empty={
        <Empty
          icon={FileText}
          title="There are no task templates yet"
          actions={
            <Button asChild look="primary">
              <Link to="/templates/tasks/new">New task template</Link>
            </Button>
          }
        >
          Make one of a task you write again and again. For work that is the same each time, a blueprint does
          more: it takes parameters, and runs by a schedule.
        </Empty>
      }
      row={(template) => <Row key={template.id} template={template} repoName={nameOf(template.repoUrl)} />}
    />
  )
}

function Row({ template, repoName }: { template: TaskTemplate; repoName: string }) {
  const { id, name, prompt, repoUrl } = template
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-60">
        <Link
          to="/templates/tasks/$templateId"
          params={{ templateId: id }}
          className="font-medium wrap-anywhere hover:underline"
        >
          {plainLine(name)}
        </Link>
        <p className="mt-0.5 line-clamp-1 text-xs wrap-anywhere text-ink-2">
          {plainLine(prompt.slice(0, 300))}
        </p>
        <p className="mt-0.5 truncate text-xs text-ink-3">{repoUrl === null ? 'Any repository' : repoName}</p>
      </div>
      <Button asChild small>
        <Link to="/tasks/new" search={{ template: id }} aria-label={`New task from “${plainLine(name)}”`}>
          New task from it
        </Link>
      </Button>
    </li>
  )
}
