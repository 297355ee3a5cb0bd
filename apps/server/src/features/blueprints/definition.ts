import { type CreateTask, cutText, type EditTask, OptioError } from '@optio/contract'
import { checkParamsSchema, type EnvironmentSpec } from '@optio/core'
import { invalidField } from '../invalid.ts'
import { checkTemplateField } from '../prompt-templates/check-field.ts'
import { requireUsableAgent } from '../repos/settings.ts'
import { requireAgentSecrets } from '../secrets/agent-secrets.ts'
import { chooseAgent, type TaskRepository, titleFromPrompt } from '../tasks/new-task.ts'
import type { BlueprintChange, BlueprintRow } from './queries.ts'

/** Of an environment, what an agent is looked for with. */
export interface AgentPlace {
  /** Agents this server can run. */
  readonly agentTypes: ReadonlySet<string>
  /** PATH on which `agentCommand` is looked for. */
  readonly path: string
}

/** What a definition is executed by: given for a standalone one, else by its repository where it says nothing itself. */
export interface AgentChoice {
  readonly agentType: string | null
  readonly agentCommand: readonly string[] | null
}

type NewBlueprint = Omit<BlueprintRow, 'id' | 'workspaceId' | 'createdBy' | 'createdAt' | 'updatedAt'>

/** The row that a request makes, with its templates and its schema checked. Which agent it names is not. */
export function newBlueprint(
  body: CreateTask & { type: 'repo-blueprint' | 'standalone' },
  repositoryId: string | null,
): NewBlueprint {
  const isStandalone = body.type === 'standalone'
  checkWords(body)
  return {
    kind: isStandalone ? 'standalone' : 'repo',
    name: body.name ?? body.title ?? nameFromPrompt(body.prompt),
    title: body.title ?? null,
    prompt: body.prompt,
    description: body.description ?? null,
    repositoryId,
    baseRef: body.repoBranch ?? null,
    agentType: body.agentType ?? null,
    agentCommand: body.agentCommand ?? null,
    model: body.model ?? null,
    priority: body.priority,
    maxRetries: body.maxRetries ?? (isStandalone ? 1 : 3),
    maxTurns: body.maxTurns ?? null,
    agentSecrets: body.agentSecrets ?? [],
    budgetUsd: body.budgetUsd ?? null,
    maxConcurrent: isStandalone ? (body.maxConcurrent ?? 2) : null,
    paramsSchema: body.paramsSchema ?? null,
    environmentSpec: storableSpec(body.environmentSpec),
    metadata: body.metadata ?? {},
    enabled: body.enabled ?? true,
  }
}

/** The columns that a request changes, checked in the same way. */
export function blueprintChange(change: EditTask, row: BlueprintRow): BlueprintChange {
  checkWords(change)
  const { repoBranch, agentType, agentCommand, environmentSpec, blocksParent: _, ...same } = change
  const type = agentType === undefined ? row.agentType : agentType
  return {
    ...same,
    ...(repoBranch === undefined ? {} : { baseRef: repoBranch }),
    ...(agentType === undefined ? {} : { agentType }),
    ...(agentCommand === undefined ? {} : { agentCommand }),
    ...(environmentSpec === undefined ? {} : { environmentSpec: storableSpec(environmentSpec) }),
    // What only that agent is told.
    ...(type !== 'command' && row.agentCommand !== null && agentCommand === undefined
      ? { agentCommand: null }
      : {}),
  } as BlueprintChange
}

function checkWords(
  given: Pick<CreateTask | EditTask, 'title' | 'prompt' | 'paramsSchema' | 'agentSecrets'>,
): void {
  requireAgentSecrets(given.agentSecrets)
  if (given.paramsSchema != null) checkParamsSchema(given.paramsSchema, 'body.paramsSchema')
  // By its older name it could be.
  if (given.prompt?.trim() === '') throw invalidField('prompt', 'must not be empty')
  if (given.prompt !== undefined) checkTemplateField('prompt', given.prompt)
  if (given.title != null) checkTemplateField('title', given.title)
}

/** Of a prompt so many characters are looked at for a name: places that are never closed are searched for to the end, each of them. */
const NAMED_BY = 2_000

/** Places for values are left out: a name is no template. */
function nameFromPrompt(prompt: string): string {
  const beginning = cutText(prompt.trimStart(), NAMED_BY)
  return titleFromPrompt(beginning.replace(/\{\{.*?\}\}|\{%.*?%\}/gs, '…')) || '…'
}

/** One that says nothing is none. */
function storableSpec(spec: CreateTask['environmentSpec']): EnvironmentSpec | null {
  return spec == null || Object.keys(spec).length === 0 ? null : (spec as EnvironmentSpec)
}

/** Refuses a standalone definition whose agent could not be started. Throws VALIDATION or AGENT_NOT_AVAILABLE. */
export async function requireStandaloneAgent(
  { agentType, agentCommand }: AgentChoice,
  place: AgentPlace,
): Promise<void> {
  if (agentType === null) {
    throw invalidField('agentType', 'must be given: a standalone task has no repository that would say it.')
  }
  if (agentType !== 'command' && agentCommand !== null) {
    throw invalidField('agentCommand', `is of no use for agents of type ${agentType}. Leave it out.`)
  }
  await requireUsableAgent(
    { defaultAgentType: agentType, agentCommand: agentCommand === null ? null : [...agentCommand] },
    place,
  )
  if (agentType !== 'command' || agentCommand !== null) return
  throw new OptioError(
    'AGENT_NOT_AVAILABLE',
    'agentType command needs agentCommand: the program to run and its arguments.',
  )
}

/** The agent that a blueprint's tasks have now. Throws AGENT_NOT_AVAILABLE. */
export function repoAgent(
  { agentType }: Pick<AgentChoice, 'agentType'>,
  repository: TaskRepository,
  { agentTypes }: AgentPlace,
): string {
  return chooseAgent(agentType, repository, agentTypes)
}
