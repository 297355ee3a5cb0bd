import type { EngineContext } from './context.ts'

/** Who is named beside the author in commits that an agent of this type made. */
export function coAuthorOf(
  { adapter }: Pick<EngineContext, 'adapter'>,
  agentType: string,
): { readonly name: string; readonly email: string } {
  return adapter(agentType)?.coAuthor ?? { name: agentType, email: `${agentType}@agent.optio.localhost` }
}
