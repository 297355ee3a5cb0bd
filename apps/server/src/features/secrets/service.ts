import { OptioError } from '@optio/contract'
import type { Logger } from 'pino'
import { uuidv7 } from 'uuidv7'
import type { Database, Transaction } from '../../database/connection.ts'
import type { NotifyBus } from '../../database/notify.ts'
import { processRedactor } from '../../redaction/process-redactor.ts'
import { secretIdentity } from '../../secrets/holders.ts'
import { KeyRing } from '../../secrets/key-ring.ts'
import type { MasterKeySource } from '../../secrets/master-key.ts'
import { rotateKeys } from '../../secrets/rotation.ts'
import { seal, unseal } from '../../secrets/sealing.ts'
import { sealClearTriggerSecrets } from '../../secrets/trigger-secret.ts'
import { keyMissing, nullIfUnreadable, rowChanged } from '../../secrets/unreadable.ts'
import { appendEvents } from '../events/append.ts'
import { type KnownValue, learner, OF_ENVIRONMENT, readValues } from './known-values.ts'
import {
  deleteSecret,
  findSecrets,
  insertSecret,
  lockSecret,
  markUsed,
  namesFor,
  type SealedRow,
  type SecretPlace,
  secretsNamed,
  updateSecret,
} from './queries.ts'

export interface SecretDeps {
  readonly database: Database
  readonly notify: NotifyBus
  readonly log: Logger
  /** Optio's own environment: where a secret that Optio or its agents know by name is looked for last. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly masterKey: MasterKeySource
}

/** For whom a secret is looked for. */
export interface SecretAbout {
  readonly repositoryId?: string | null
  readonly userId?: string | null
  /** Who uses it, in words, as the list of secrets shows; left out where it is only looked at. */
  readonly usedBy?: string
}

export interface ResolvedSecret {
  readonly name: string
  readonly value: string
  readonly source: 'secret' | 'environment'
  /** Null in the environment. */
  readonly secretId: string | null
}

/** What changed, in any process; null when something may have, and nobody knows what. */
export type SecretChange = { readonly workspaceId: string; readonly name: string } | null

export interface NewSecret extends SecretPlace {
  readonly name: string
  readonly value: string
}

export interface SecretService {
  readonly keys: KeyRing
  /** Optio's own environment. */
  readonly env: SecretDeps['env']
  /**
   * The value that holds for whom it is asked for: of the person, else of the repository, else of the workspace, else, for names that
   * Optio itself knows, of the environment. Null when there is none. Throws SECRET_UNREADABLE when the one that holds cannot be
   * decrypted: another in its place would be a surprise. Reads the database each time: what was deleted is not used any more.
   */
  resolve(workspaceId: string, name: string, about?: SecretAbout): Promise<ResolvedSecret | null>
  /**
   * Every value of this name in the installation that can be read, but for people's own: for a signature of nobody knows whom. The
   * environment's is the first, then those of whole workspaces. For whom one of them holds, `resolve` says.
   */
  candidates(name: string): Promise<ResolvedSecret[]>
  /** Names that `resolve` finds something for. */
  names(workspaceId: string, about?: SecretAbout): Promise<ReadonlySet<string>>
  /** Every value of the installation that can be read, also of webhooks, and those of the environment. For redaction. */
  values(): Promise<readonly KnownValue[]>
  /** Told whenever a secret was saved or deleted, by whichever process. Returns the function that ends it. */
  onChange(listener: (change: SecretChange) => void): () => void
  /** Creates it, or replaces the value of the one of this name and scope. Throws SECRET_UNREADABLE when there is no key. */
  put(secret: NewSecret, actor: string): Promise<{ readonly id: string; readonly sealed: Buffer }>
  /** Throws SECRET_NOT_FOUND. */
  remove(place: SecretPlace, name: string, actor: string): Promise<void>
  /** Has every process told, when the transaction commits, that a value is new. */
  announce(tx: Transaction, workspaceId: string, name: string): Promise<void>
  /** Null when it cannot be decrypted. */
  open(row: SealedRow): Promise<string | null>
  /** Encrypts everything with a new key, or goes on with what was broken off. */
  rotateKey(workspaceId: string, actor: string): Promise<void>
  close(): void
}

/** Notices `{ k, workspaceId, name }`: a secret was saved or deleted. */
const SECRET_NOTICE = 'secret'

/**
 * The secrets of the installation. Makes the key of a new installation and encrypts what an earlier version stored; a key that is
 * missing is said in the log, and only what needs it fails.
 */
export async function createSecretService(deps: SecretDeps): Promise<SecretService> {
  const { database, notify, log, env } = deps
  const { orm } = database
  const keys = new KeyRing({ database, source: deps.masterKey })
  const listeners = new Set<(change: SecretChange) => void>()
  await prepare(deps, keys)

  const open = async (row: SealedRow): Promise<string | null> => {
    const key = await keys.open({ id: row.keyId, masterId: row.masterId, wrapped: row.wrapped })
    return key === null ? null : (unseal(key, row.sealed, secretIdentity(row))?.toString() ?? null)
  }

  const opened = async (row: SealedRow): Promise<ResolvedSecret> => {
    const key = await keys.open({ id: row.keyId, masterId: row.masterId, wrapped: row.wrapped })
    if (key === null) throw keyMissing(await keys.masters())
    const value = unseal(key, row.sealed, secretIdentity(row))?.toString()
    if (value === undefined) throw rowChanged(row.name)
    return { name: row.name, value, source: 'secret', secretId: row.id }
  }

  const ofEnvironment = (name: string): ResolvedSecret | null => {
    const value = OF_ENVIRONMENT.has(name) ? env[name] : undefined
    return value ? { name, value, source: 'environment', secretId: null } : null
  }

  /** Minutes in which a use was noted by this process, so that the database is not asked again in the same one. */
  const noted = new Map<string, number>()
  const noteUse = (id: string, by: string): void => {
    const minute = Math.floor(Date.now() / 60_000)
    if (noted.get(id) === minute) return
    noted.set(id, minute)
    markUsed(orm, id, by).catch((error: unknown) => log.debug({ err: error }, 'a use was not noted'))
  }

  const tell = (change: SecretChange): void => {
    for (const listener of listeners) {
      try {
        listener(change)
      } catch (error) {
        log.error({ err: error }, 'A listener to secrets failed.')
      }
    }
  }
  const values = () => readValues({ orm, env }, keys, open)
  const learn = learner(values, log)
  await learn()
  const unsubscribe = notify.subscribe({
    notice: ({ k, workspaceId, name }) => {
      if (k !== SECRET_NOTICE) return
      void learn()
      tell({ workspaceId: String(workspaceId), name: String(name) })
    },
    readAgain: () => {
      void learn()
      tell(null)
    },
  })

  return {
    keys,
    env,
    values,
    open,

    async resolve(workspaceId, name, { repositoryId = null, userId = null, usedBy } = {}) {
      const [row] = await findSecrets(orm, workspaceId, name, { repositoryId, userId })
      if (row === undefined) return ofEnvironment(name)
      const found = await opened(row)
      processRedactor.learn([found.value])
      if (usedBy !== undefined) noteUse(row.id, usedBy)
      return found
    },

    async candidates(name) {
      const found: ResolvedSecret[] = []
      for (const row of await secretsNamed(orm, name)) {
        const value = await open(row)
        if (value !== null) found.push({ name, value, source: 'secret', secretId: row.id })
      }
      return [ofEnvironment(name) ?? [], ...found].flat()
    },

    async names(workspaceId, { repositoryId = null, userId = null } = {}) {
      const stored = await namesFor(orm, workspaceId, { repositoryId, userId })
      return new Set([...stored, ...[...OF_ENVIRONMENT].filter((name) => ofEnvironment(name) !== null)])
    },

    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    async put({ name, value, ...place }, actor) {
      processRedactor.learn([value])
      const stored = await database.transaction(async (tx) => {
        const key = await keys.active(tx)
        const sealedFor = (id: string) =>
          seal(key.bytes, Buffer.from(value), secretIdentity({ id, name, ...place }))
        const fresh = uuidv7()
        const row = { id: fresh, name, ...place, keyId: key.id, sealed: sealedFor(fresh), createdBy: actor }
        let written = { id: fresh, sealed: row.sealed }
        const isNew = (await lockSecret(tx, place, name)) === null && (await insertSecret(tx, row))
        if (!isNew) {
          const existing = await lockSecret(tx, place, name)
          // Deleted between the two looks: whoever saved last has lost against whoever deleted.
          if (existing === null)
            throw new OptioError('CONFLICT', `${name} was deleted just now. Save it again.`)
          written = { id: existing.id, sealed: sealedFor(existing.id) }
          await updateSecret(tx, existing.id, { keyId: key.id, sealed: written.sealed })
        }
        await told(tx, notify, place, name, { actor, what: 'saved', message: `Saved the secret ${name}.` })
        return written
      })
      return stored
    },

    async remove(place, name, actor) {
      await database.transaction(async (tx) => {
        if (!(await deleteSecret(tx, place, name)))
          throw new OptioError('SECRET_NOT_FOUND', `There is no secret ${name} of this scope.`)
        await told(tx, notify, place, name, {
          actor,
          what: 'deleted',
          message: `Deleted the secret ${name}.`,
        })
      })
    },

    async rotateKey(workspaceId, actor) {
      await rotateKeys({ database, keys })
      // It may have made a key file.
      await learn()
      const message = 'Secrets are encrypted with a new key.'
      await database.transaction((tx) =>
        appendEvents(tx, [
          {
            workspaceId,
            runId: null,
            type: 'secrets:key_rotated',
            trigger: 'person',
            message,
            actor,
            data: {},
          },
        ]),
      )
    },

    announce: (tx, workspaceId, name) => notify.publish(tx, { k: SECRET_NOTICE, workspaceId, name }),

    close: unsubscribe,
  }
}

async function prepare({ database, log }: SecretDeps, keys: KeyRing): Promise<void> {
  try {
    await keys.prepare()
    await database.transaction((tx) => sealClearTriggerSecrets(keys, tx))
  } catch (error) {
    nullIfUnreadable(error)
    log.error({ err: error }, (error as OptioError).message)
  }
}

/** Readers and other processes learn of it when the transaction commits. */
async function told(
  tx: Transaction,
  notify: NotifyBus,
  { workspaceId, scope, repositoryId }: SecretPlace,
  name: string,
  { actor, what, message }: { actor: string; what: 'saved' | 'deleted'; message: string },
): Promise<void> {
  await notify.publish(tx, { k: SECRET_NOTICE, workspaceId, name })
  const data = { name, scope, repoId: repositoryId }
  await appendEvents(tx, [
    { workspaceId, runId: null, type: `secret:${what}`, trigger: 'person', message, actor, data },
  ])
}
