import type {
  EncryptionStatus,
  ListSecretsQuery,
  SaveSecret,
  Secret,
  SecretValidation,
} from '@optio/contract'
import { OptioError } from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { Identity } from '../../http/authorize.ts'
import type { BlueprintService } from '../blueprints/service.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { RepoService } from '../repos/service.ts'
import {
  listSecretsQuery,
  readEncryption,
  repositoriesOf,
  type SecretPlace,
  updateValidation,
} from './queries.ts'
import type { SecretService } from './service.ts'
import { validateSecret } from './validation/validate.ts'
import { type Naming, toSecret } from './view.ts'

export interface SecretManagementDeps {
  readonly database: Database
  readonly secrets: SecretService
  readonly repos: RepoService
  readonly blueprints: Pick<BlueprintService, 'namingSecrets'>
}

interface Saved {
  readonly id: string
  readonly name: string
  readonly scope: string
  readonly validation?: SecretValidation
}

export type SecretManagement = ReturnType<typeof createSecretManagement>

/** Secrets as people see them: by name and scope, and never by value. */
export function createSecretManagement(deps: SecretManagementDeps) {
  const { database, secrets, repos, blueprints } = deps
  const { orm } = database

  /** Null for the address of a repository that is not connected. */
  const placeFor = async (
    { workspaceId, userId }: Identity,
    scope: string,
  ): Promise<{ readonly place: SecretPlace; readonly scope: string } | null> => {
    const place = { workspaceId, repositoryId: null, userId: null }
    if (scope === 'global') return { place: { ...place, scope }, scope }
    if (scope === 'user') return { place: { ...place, scope, userId }, scope }
    const repository = await repos.findByUrl(workspaceId, scope)
    if (repository === null) return null
    return {
      place: { ...place, scope: 'repository', repositoryId: repository.id },
      scope: repository.repoUrl,
    }
  }

  /** A repository that was disconnected keeps its secrets, which can only be listed and deleted. */
  const disconnectedPlace = async ({ workspaceId }: Identity, scope: string): Promise<SecretPlace | null> => {
    const known = await repos.byIds(workspaceId, await repositoriesOf(orm, workspaceId))
    const found = [...known.values()].find(({ repoUrl }) => repoUrl === scope)
    return found === undefined
      ? null
      : { workspaceId, scope: 'repository', repositoryId: found.id, userId: null }
  }

  const naming = async (workspaceId: string, names: readonly string[]): Promise<Naming[]> => [
    ...(await repos.namingSecrets(workspaceId, names)).map(({ id, fullName, agentSecrets }) => ({
      repositoryId: id,
      words: `agents on ${fullName}`,
      agentSecrets,
    })),
    ...(await blueprints.namingSecrets(workspaceId, names)).map(({ name, repositoryId, agentSecrets }) => ({
      repositoryId,
      words: `runs of “${name}”`,
      agentSecrets,
    })),
  ]

  return {
    async list(identity: Identity, { scope, ...page }: ListSecretsQuery): Promise<Page<Secret>> {
      const { workspaceId, userId } = identity
      const place =
        scope === undefined
          ? undefined
          : ((await placeFor(identity, scope))?.place ?? (await disconnectedPlace(identity, scope)))
      const found = place === null ? [] : await listSecretsQuery(orm, workspaceId, userId, { ...page, place })
      const { rows, answer } = pageOf(found, page, placeOf)
      if (rows.length === 0) return { rows: [], answer }
      const ids = rows.flatMap(({ repositoryId }) => repositoryId ?? [])
      const repositories = await repos.byIds(workspaceId, ids)
      const all = await naming(
        workspaceId,
        rows.map(({ name }) => name),
      )
      return {
        rows: await Promise.all(
          rows.map(async (row) =>
            toSecret(row, {
              repoUrl: repositories.get(row.repositoryId ?? '')?.repoUrl ?? null,
              readable: (await secrets.open(row)) !== null,
              naming: all,
            }),
          ),
        ),
        answer,
      }
    },

    /**
     * Saves it, then asks the service it belongs to. Throws REPO_NOT_CONNECTED for a scope that is no connected repository, and
     * SECRET_UNREADABLE when there is no key to encrypt it with.
     */
    async save(identity: Identity, { name, value, scope: given }: SaveSecret): Promise<Saved> {
      const found = await placeFor(identity, given)
      if (found === null) {
        throw new OptioError(
          'REPO_NOT_CONNECTED',
          'The scope is neither "global" nor "user" nor the address of a connected repository. Connect it first.',
        )
      }
      const { place, scope } = found
      const saved = await secrets.put({ ...place, name, value }, identity.userId)
      const validation = await validateSecret(name, value, secrets.env)
      if (validation !== null) await updateValidation(orm, saved, validation)
      return { id: saved.id, name, scope, ...(validation === null ? {} : { validation }) }
    },

    /** Throws SECRET_NOT_FOUND. */
    async remove(identity: Identity, name: string, scope: string): Promise<void> {
      const place = (await placeFor(identity, scope))?.place ?? (await disconnectedPlace(identity, scope))
      if (place === null)
        throw new OptioError('SECRET_NOT_FOUND', `There is no secret ${name} of this scope.`)
      await secrets.remove(place, name, identity.userId)
    },

    async encryption(): Promise<EncryptionStatus> {
      const row = await readEncryption(orm)
      const { source } = await secrets.keys.masters()
      return {
        source,
        activeKeyId: row?.active ?? '',
        secrets: row?.secrets ?? 0,
        secretsOfOlderKeys: row?.older ?? 0,
        rotatedAt:
          row?.active != null && row.keys_made > 1 ? new Date(row.active_since ?? 0).toISOString() : null,
      }
    },

    async rotateKey({ workspaceId, userId }: Identity): Promise<void> {
      await secrets.rotateKey(workspaceId, userId)
    },
  }
}
