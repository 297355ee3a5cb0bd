import type { RepoBlueprint, Standalone } from '@optio/contract'
import { formatAmount } from '../repos/view.ts'
import type { ShownBlueprint } from './queries.ts'

export function toDefinition(row: ShownBlueprint): RepoBlueprint | Standalone {
  const common = {
    id: row.id,
    name: row.name,
    title: row.title ?? row.name,
    prompt: row.prompt,
    description: row.description,
    model: row.model,
    priority: row.priority,
    maxRetries: row.maxRetries,
    maxTurns: row.maxTurns,
    agentSecrets: row.agentSecrets,
    budgetUsd: formatAmount(row.budgetUsd),
    paramsSchema: row.paramsSchema,
    metadata: row.metadata,
    enabled: row.enabled,
    nextFireAt: row.nextFireAt,
    createdBy: row.createdBy,
    workspaceId: row.workspaceId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
  if (row.kind === 'repo') {
    return {
      ...common,
      type: 'repo-blueprint',
      repoUrl: row.repoUrl ?? '',
      repoBranch: row.baseRef,
      agentType: row.agentType,
    }
  }
  const agentType = row.agentType ?? ''
  return {
    ...common,
    type: 'standalone',
    agentType,
    agentCommand: row.agentCommand,
    maxConcurrent: row.maxConcurrent ?? 1,
    environmentSpec: environmentSpecOf(row),
    promptTemplate: row.prompt,
    agentRuntime: agentType,
  }
}

function environmentSpecOf({ environmentSpec }: ShownBlueprint): Standalone['environmentSpec'] {
  if (environmentSpec === null) return null
  const { env, ...rest } = environmentSpec
  return env === undefined ? rest : { ...rest, env: { ...env } }
}
