import type { AgentAdapter } from './adapter.ts'
import { claudeCodeAgent } from './claude-code/index.ts'
import { commandAgent } from './command.ts'

/** Every agent Optio knows, by its type. One line each. */
const ADAPTERS: ReadonlyMap<string, AgentAdapter> = new Map(
  [claudeCodeAgent, commandAgent].map((adapter) => [adapter.type, adapter]),
)

/** Types that `adapterFor` knows. */
export const AGENT_TYPES: readonly string[] = [...ADAPTERS.keys()]

/** The adapter for agents of a type; null when there is none. */
export function adapterFor(agentType: string): AgentAdapter | null {
  return ADAPTERS.get(agentType) ?? null
}
