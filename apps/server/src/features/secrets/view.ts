import { AGENT_REQUIREMENTS } from '@optio/agents'
import type { Secret } from '@optio/contract'
import type { SecretRow } from './queries.ts'

/** Whoever names secrets for its agents. */
export interface Naming {
  readonly repositoryId: string | null
  /** In words. */
  readonly words: string
  readonly agentSecrets: readonly string[]
}

const OPTIO_ITSELF: Readonly<Record<string, string>> = {
  GITHUB_TOKEN: 'Optio: repositories at GitHub',
  GITHUB_WEBHOOK_SECRET: 'Optio: webhooks of GitHub',
}

/** What gets a secret: Optio, agents whose type declares it, and agents of whatever names it. */
function usedBy({ name, repositoryId }: Pick<SecretRow, 'name' | 'repositoryId'>, naming: readonly Naming[]) {
  const types = AGENT_REQUIREMENTS.filter(({ credentials }) =>
    credentials.some(({ variable }) => variable === name),
  )
  const named = naming.filter(
    (each) =>
      each.agentSecrets.includes(name) && (repositoryId === null || each.repositoryId === repositoryId),
  )
  return [
    ...(OPTIO_ITSELF[name] === undefined ? [] : [OPTIO_ITSELF[name]]),
    ...types.map(({ agentType }) => `agents of type ${agentType}`),
    ...named.map(({ words }) => words),
  ]
}

export function toSecret(
  row: SecretRow,
  about: {
    readonly repoUrl: string | null
    readonly readable: boolean
    readonly naming: readonly Naming[]
  },
): Secret {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope === 'repository' ? (about.repoUrl ?? '') : row.scope,
    repoId: row.repositoryId,
    readable: about.readable,
    usedBy: usedBy(row, about.naming),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    lastUsedBy: row.lastUsedBy,
    validation: row.validation,
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
