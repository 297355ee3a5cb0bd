import type { SetupStatus } from '@optio/contract'
import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'

export interface SetupDeps {
  readonly database: Database
  /** Types of agents that could be started on this machine now: their programs are there, and logged in. */
  readonly startableAgents: () => Promise<ReadonlySet<string>>
}

export type SetupService = ReturnType<typeof createSetupService>

/** The first steps, as a list for people. Nothing of Optio waits for them. */
export function createSetupService({ database, startableAgents }: SetupDeps) {
  return {
    async status(workspaceId: string): Promise<SetupStatus> {
      const found = await look(database, workspaceId)
      const agents = await startableAgents()
      // A command can always be started; it is an agent once a repository says which.
      const hasAgent = [...agents].some((type) => type !== 'command') || found.hasCommand
      return {
        isSetUp: found.isCompleted,
        steps: {
          repository: { done: found.hasRepository, label: 'Connect a repository' },
          agent: { done: hasAgent, label: 'Have an agent that can be started' },
          task: { done: found.hasTask, label: 'Create a first task' },
          completed: { done: found.isCompleted, label: 'Finish the setup' },
        },
      }
    },

    /** The first time stays the time. */
    async complete(): Promise<void> {
      await database.orm.execute(sql`
        update installation set setup_completed_at = now() where setup_completed_at is null`)
    },
  }
}

interface Found extends Record<string, boolean> {
  readonly isCompleted: boolean
  readonly hasRepository: boolean
  readonly hasCommand: boolean
  readonly hasTask: boolean
}

async function look({ orm }: Database, workspaceId: string): Promise<Found> {
  const connected = sql`from repositories where workspace_id = ${workspaceId} and disconnected_at is null`
  const { rows } = await orm.execute<Found>(sql`
    select setup_completed_at is not null as "isCompleted",
      exists (select ${connected}) as "hasRepository",
      exists (select ${connected} and agent_command is not null) as "hasCommand",
      (exists (select from runs where workspace_id = ${workspaceId})
        or exists (select from blueprints where workspace_id = ${workspaceId})) as "hasTask"
    from installation`)
  const [found] = rows
  if (!found) throw new Error('the row of the installation is not there')
  return found
}
