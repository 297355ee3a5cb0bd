import { type ConnectRepo, type EditRepo, OptioError, REPO_SETTINGS } from '@optio/contract'
import { checkTemplate } from '@optio/core'
import { findExecutable } from './executable.ts'
import type { RepositoryChange } from './queries.ts'

/** The settings a request gives; what it leaves out stays as it is. */
export function givenSettings(body: ConnectRepo | EditRepo): RepositoryChange {
  const given = REPO_SETTINGS.filter((name) => body[name] !== undefined).map((name) => [name, body[name]])
  return Object.fromEntries(given) as RepositoryChange
}

/** Refuses, with TEMPLATE_INVALID, a template of agents' prompts that cannot be read. */
export function requireReadableTemplates(settings: RepositoryChange): void {
  for (const template of [settings.promptTemplateOverride, settings.reviewPromptTemplate]) {
    if (template != null) checkTemplate(template)
  }
}

/** Refuses, with AGENT_NOT_AVAILABLE, an agent that could not run here. */
export async function requireUsableAgent(
  settings: RepositoryChange,
  server: { readonly agentTypes: ReadonlySet<string>; readonly path: string },
): Promise<void> {
  for (const agentType of [settings.defaultAgentType, settings.reviewAgentType]) {
    if (agentType != null) requireAgentType(agentType, server.agentTypes)
  }
  const [program] = settings.agentCommand ?? []
  if (program === undefined || (await findExecutable(program, server.path)) !== null) return
  throw new OptioError(
    'AGENT_NOT_AVAILABLE',
    `agentCommand: ${JSON.stringify(program)} is no program this server can run. ` +
      'Give an absolute path, or a name that is on the PATH of the Optio server.',
  )
}

export function requireAgentType(agentType: string, available: ReadonlySet<string>): void {
  if (available.has(agentType)) return
  throw new OptioError(
    'AGENT_NOT_AVAILABLE',
    `Agents of type ${agentType} cannot be run by this Optio yet. Available: ${[...available].join(', ')}.`,
  )
}
