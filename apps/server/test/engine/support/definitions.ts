import { uuidv7 } from 'uuidv7'
import { blueprints, DEFAULT_WORKSPACE_ID } from '../../../src/database/schema/index.ts'
import type { EngineCommands, NewRun, RunRef } from '../../../src/engine/engine.ts'
import type { EnginePlace } from './engine-place.ts'

export type Definition = typeof blueprints.$inferSelect

/** A saved task without a repository. */
export async function saveDefinition(
  place: EnginePlace,
  settings: Partial<typeof blueprints.$inferInsert> = {},
): Promise<Definition> {
  const [row] = await place.database.orm
    .insert(blueprints)
    .values({
      id: uuidv7(),
      workspaceId: DEFAULT_WORKSPACE_ID,
      kind: 'standalone',
      name: 'A job',
      prompt: 'Do it.',
      agentType: 'command',
      agentCommand: ['true'],
      maxRetries: 1,
      maxConcurrent: 2,
      createdBy: 'test',
      ...settings,
    })
    .returning()
  if (!row) throw new Error('the definition was not stored')
  return row
}

/** A run of it, as it is made from the definition. */
export async function startDefinition(
  commands: EngineCommands,
  definition: Definition,
  fields: Partial<NewRun> = {},
): Promise<RunRef> {
  const { workspaceId } = definition
  const { runId } = await commands.createRun(
    {
      workspaceId,
      kind: 'standalone',
      title: definition.name,
      prompt: definition.prompt,
      description: null,
      repositoryId: null,
      baseRef: null,
      agentType: definition.agentType ?? 'command',
      model: definition.model,
      priority: definition.priority,
      maxRetries: definition.maxRetries,
      budgetUsd: definition.budgetUsd,
      metadata: {},
      ticket: null,
      dependsOn: [],
      origin: { blueprintId: definition.id, triggerId: null, params: {} },
      agentCommand: definition.agentCommand,
      environmentSpec: definition.environmentSpec,
      maxTurns: definition.maxTurns,
      ...fields,
    },
    'test',
  )
  return { workspaceId, runId }
}
