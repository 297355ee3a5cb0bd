import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, FolderGit2, ListTodo, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { agentName, loginWords } from '../../ui/agent-name.ts'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'

/** The first minute: what Optio is, and the two steps to a first pull request. */
export function Welcome() {
  const { repos } = useRepos()
  const hasRepo = repos.length > 0
  return (
    <Page title="Overview" heading="Welcome to Optio">
      <div className="max-w-3xl space-y-6">
        <p className="text-base text-ink-2">
          You describe a piece of work; a coding agent does it in its own copy of your repository; Optio
          brings you a pull request with its checks. If checks fail or a reviewer asks for changes, Optio
          sends the agent back. You are asked only when a person has to decide. Optio runs on this machine and
          sends nothing anywhere by itself; agents talk to their models.
        </p>
        <ol className="space-y-3">
          <Step
            icon={FolderGit2}
            title="1. Connect a repository"
            done={hasRepo}
            action={
              hasRepo ? (
                <Button asChild>
                  <Link to="/repos">Repositories</Link>
                </Button>
              ) : (
                <Button asChild look="primary">
                  <Link to="/repos/new">Connect a repository</Link>
                </Button>
              )
            }
          >
            A git repository on this machine. Agents work on copies; its branches change only when Optio
            pushes a proposal or merges.
          </Step>
          <Step
            icon={ListTodo}
            title="2. Give it a task"
            done={false}
            action={
              hasRepo ? (
                <Button asChild look="primary">
                  <Link to="/tasks/new">New task</Link>
                </Button>
              ) : null
            }
          >
            Write what you want as you would tell a colleague. Watch the agent live, or come back when it
            waits for you.
          </Step>
        </ol>
        <Agents />
      </div>
    </Page>
  )
}

interface StepProps {
  readonly icon: LucideIcon
  readonly title: string
  readonly done: boolean
  readonly children: ReactNode
  readonly action: ReactNode
}

function Step({ icon: Icon, title, done, children, action }: StepProps) {
  return (
    <li className="flex flex-wrap items-center gap-4 rounded-lg border border-line bg-surface p-4">
      <Icon className="size-6 shrink-0 text-accent" aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-64">
        <h2 className="flex items-center gap-1.5 font-semibold">
          {title}
          {done ? (
            <span className="inline-flex items-center gap-0.5 text-xs font-normal text-good">
              <Check className="size-3.5" aria-hidden="true" />
              done
            </span>
          ) : null}
        </h2>
        <p className="text-ink-2">{children}</p>
      </div>
      {action}
    </li>
  )
}

/** Which agents can run here; a task without one would only wait. */
function Agents() {
  const { data: report } = useQuery(queries.doctor())
  if (!report) return null
  const ready = report.agents.filter(({ available, type }) => available && type !== 'command')
  const missing = report.agents.filter(({ available, problem }) => !available && problem !== null)
  if (ready.length > 0) {
    return (
      <Notice
        tone="good"
        title={ready
          .map(({ type, version, login }) =>
            [agentName(type), version === null ? '' : plainLine(version), 'is ready', loginWords(login)]
              .filter(Boolean)
              .join(' '),
          )
          .join('; ')}
      />
    )
  }
  return (
    <Notice
      tone="warn"
      title="No coding agent is ready on this machine yet"
      actions={
        <Button asChild small>
          <Link to="/system">What doctor found</Link>
        </Button>
      }
    >
      <ul className="space-y-1">
        {missing.slice(0, 2).map(({ type, problem }) => (
          <li key={type}>
            <strong>{agentName(type)}:</strong> {plainText(problem ?? '')}
          </li>
        ))}
        <li>A repository can also have an agent of its own: any program, set in its settings.</li>
      </ul>
    </Notice>
  )
}
