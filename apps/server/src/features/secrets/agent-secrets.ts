import { refusalForAgents } from '../../secrets/agent-names.ts'
import { invalidField } from '../invalid.ts'

/** Refuses, with VALIDATION, names of secrets that agents are never given. */
export function requireAgentSecrets(names: readonly string[] | null | undefined): void {
  for (const [at, name] of (names ?? []).entries()) {
    const refusal = refusalForAgents(name)
    if (refusal !== null) throw invalidField(`agentSecrets.${at}`, refusal)
  }
}
