import type { Standalone } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Definition } from '../../api/queries.ts'
import { KINDS } from '../../tasks/kinds.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { agentName } from '../../ui/agent-name.ts'
import { counted } from '../../ui/counted.ts'
import { duration, Moment } from '../../ui/moments.tsx'
import { usd } from '../../ui/money.tsx'
import { Card } from '../../ui/page.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'

/** How its runs are made, and what they may take. */
export function SettingsCard({ definition }: { definition: Definition }) {
  const { type, agentType, model, maxRetries, maxTurns, priority, budgetUsd, createdBy, createdAt } =
    definition
  return (
    <Card title="Settings">
      <dl className="divide-y divide-line">
        <Fact name="Kind">{KINDS[type].name}</Fact>
        {type === 'repo-blueprint' ? (
          <>
            <Fact name="Repository">
              <RepoName repoUrl={definition.repoUrl} />
            </Fact>
            <Fact name="Base branch">{definition.repoBranch ?? 'the repository’s own'}</Fact>
          </>
        ) : null}
        <Fact name="Agent">{agentType === null ? 'the repository’s own' : agentName(agentType)}</Fact>
        {model === null ? null : <Fact name="Model">{plainLine(model)}</Fact>}
        {type === 'standalone' ? <Alone definition={definition} /> : null}
        <Fact name="Budget">{budgetUsd === null ? 'no cap' : `${usd(budgetUsd)} a run`}</Fact>
        <Fact name="Retries">{maxRetries}</Fact>
        {maxTurns === null ? null : <Fact name="Most turns">{maxTurns}</Fact>}
        <Fact name="Priority">{priority}</Fact>
        <Fact name="Created">
          <Moment at={createdAt} /> by {plainLine(createdBy)}
        </Fact>
      </dl>
    </Card>
  )
}

function RepoName({ repoUrl }: { repoUrl: string }) {
  const { repos, nameOf } = useRepos()
  const repo = repos.find((each) => each.repoUrl === repoUrl)
  if (repo === undefined) return nameOf(repoUrl)
  return (
    <Link to="/repos/$repoId" params={{ repoId: repo.id }} className="text-accent hover:underline">
      {nameOf(repoUrl)}
    </Link>
  )
}

function Alone({ definition: { maxConcurrent, agentCommand, environmentSpec } }: { definition: Standalone }) {
  const { setupCommands, env = {}, maxAttemptMs, stallThresholdMs } = environmentSpec ?? {}
  const names = Object.entries(env)
  return (
    <>
      {agentCommand === null ? null : (
        <Fact name="Command">
          <Code>{agentCommand.join('\n')}</Code>
        </Fact>
      )}
      <Fact name="At once">{counted(maxConcurrent, 'run')}</Fact>
      {setupCommands === undefined ? null : (
        <Fact name="Set-up">
          <Code>{setupCommands}</Code>
        </Fact>
      )}
      {names.length === 0 ? null : (
        <Fact name="Variables">
          <Code>{names.map(([name, value]) => `${name}=${value}`).join('\n')}</Code>
        </Fact>
      )}
      {maxAttemptMs === undefined ? null : <Fact name="Longest attempt">{duration(maxAttemptMs)}</Fact>}
      {stallThresholdMs === undefined ? null : <Fact name="Silent after">{duration(stallThresholdMs)}</Fact>}
    </>
  )
}

function Code({ children }: { children: string }) {
  return (
    <code className="block max-h-40 overflow-auto text-xs wrap-anywhere whitespace-pre-wrap">
      {plainText(children)}
    </code>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[7rem_minmax(0,1fr)] gap-2 px-4 py-2">
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  )
}
