import { type CreateTask, cutText, OptioError, onOneLine } from '@optio/contract'
import type { NewRun } from '../../engine/engine.ts'
import { requireAgentType } from '../repos/settings.ts'
import { requireAgentSecrets } from '../secrets/agent-secrets.ts'

/** Characters of a title that is taken from the prompt. */
const DERIVED_TITLE = 80

/** What a task needs to know of its repository. */
export interface TaskRepository {
  readonly id: string
  readonly repoUrl: string
  readonly defaultAgentType: string
  readonly agentCommand: readonly string[] | null
}

/** The first line of the prompt that says something, cut at 80 characters. */
export function titleFromPrompt(prompt: string): string {
  const lines = prompt.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
  const first = lines.find((line) => line.trim() !== '') ?? ''
  return cutText(onOneLine(first).trim(), DERIVED_TITLE).trim()
}

/** The agent of a task: given, or the repository's default. Throws AGENT_NOT_AVAILABLE when it could not be started. */
export function chooseAgent(
  given: string | null | undefined,
  repository: TaskRepository,
  available: ReadonlySet<string>,
): string {
  const agentType = given ?? repository.defaultAgentType
  requireAgentType(agentType, available)
  if (agentType === 'command' && repository.agentCommand === null) {
    throw new OptioError(
      'AGENT_NOT_AVAILABLE',
      `The repository says no program to run: set its agentCommand (PATCH /api/repos/${repository.id}), then create the task.`,
    )
  }
  return agentType
}

/** Throws VALIDATION for secrets that agents are never given. */
export function newRun(
  body: CreateTask,
  about: { id: string; workspaceId: string; repositoryId: string; agentType: string },
): NewRun {
  requireAgentSecrets(body.agentSecrets)
  return {
    id: about.id,
    workspaceId: about.workspaceId,
    title: body.title ?? body.name ?? titleFromPrompt(body.prompt),
    prompt: body.prompt,
    description: body.description ?? null,
    repositoryId: about.repositoryId,
    baseRef: body.repoBranch ?? null,
    agentType: about.agentType,
    model: body.model ?? null,
    priority: body.priority,
    maxRetries: body.maxRetries ?? 3,
    maxTurns: body.maxTurns ?? null,
    agentSecrets: body.agentSecrets ?? [],
    budgetUsd: body.budgetUsd ?? null,
    metadata: body.metadata ?? {},
    ticket:
      body.ticketSource == null || body.ticketExternalId == null
        ? null
        : { source: body.ticketSource, externalId: body.ticketExternalId, url: body.ticketUrl ?? null },
    dependsOn: [...new Set(body.dependsOn)],
  }
}
