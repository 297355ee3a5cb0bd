import type { AgentFailure } from '@optio/core'
import type { SecretService } from '../../features/secrets/service.ts'
import { refusalForAgents } from '../../secrets/agent-names.ts'

/** For whose work an agent is launched. */
export interface GrantFor {
  readonly workspaceId: string
  readonly repositoryId: string | null
  /** Who asked for the run. */
  readonly userId: string | null
  /** Names of secrets that its repository and its run declare. */
  readonly secrets: readonly string[]
  /** The run, in words. */
  readonly usedBy: string
}

/** Credentials of forges: no agent is given their values, whatever they are called. */
const FORGE_CREDENTIALS = ['GITHUB_TOKEN'] as const

/** The secrets that are named, as variables; the failure of the attempt when one cannot be given. */
export async function namedSecrets(
  store: SecretService | null,
  { workspaceId, secrets, ...about }: GrantFor,
): Promise<{ readonly env: Record<string, string> } | { readonly failure: AgentFailure }> {
  const names = [...new Set(secrets)]
  if (names.length === 0) return { env: {} }
  const ofForges = new Set<string>()
  for (const name of FORGE_CREDENTIALS) {
    for (const { value } of (await store?.candidates(name)) ?? []) ofForges.add(value)
  }
  const env: Record<string, string> = {}
  for (const name of names) {
    const refusal = refusalForAgents(name)
    if (refusal !== null) return refused(refusal)
    const found = (await store?.resolve(workspaceId, name, about)) ?? null
    if (found === null) {
      return refused(
        `Its agents are to get the secret ${name}, and there is none. Save it (Settings, or \`optio secret set ${name}\`), or take the name out of agentSecrets; then retry.`,
      )
    }
    if (ofForges.has(found.value)) {
      return refused(
        `The secret ${name} is the credential of a forge, which agents are never given. Save one that cannot write there, or take the name out of agentSecrets.`,
      )
    }
    env[name] = found.value
  }
  return { env }
}

/** There is nothing a repeat would change. */
export function refused(message: string): { readonly failure: AgentFailure } {
  return { failure: { kind: 'login', message, retryAt: null } }
}
