import { sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../database/connection.ts'
import { triggerIdentity } from './holders.ts'
import type { KeyRing } from './key-ring.ts'
import { seal, unseal } from './sealing.ts'
import { keyMissing, rowChanged } from './unreadable.ts'

interface TriggerOwner {
  readonly id: string
  readonly workspaceId: string
}

/** Columns of a trigger that hold its secret. */
export interface TriggerSecretColumns {
  readonly sealedSecret: Buffer | null
  readonly secretKeyId: string | null
  readonly clearSecret: null
}

/** What is stored of a trigger's secret. Throws SECRET_UNREADABLE when there is no key to encrypt it with. */
export async function sealTriggerSecret(
  keys: KeyRing,
  tx: Transaction,
  trigger: TriggerOwner,
  secret: string | null,
): Promise<TriggerSecretColumns> {
  if (secret === null) return { sealedSecret: null, secretKeyId: null, clearSecret: null }
  const key = await keys.active(tx)
  const sealedSecret = seal(key.bytes, Buffer.from(secret), triggerIdentity(trigger))
  return { sealedSecret, secretKeyId: key.id, clearSecret: null }
}

type StoredSecret = TriggerOwner & {
  readonly sealedSecret: Buffer | null
  readonly secretKeyId: string | null
  readonly clearSecret: string | null
}

/** The secret of a trigger; null when it has none. Throws SECRET_UNREADABLE. */
export async function openTriggerSecret(
  keys: KeyRing,
  db: Queries,
  trigger: StoredSecret,
): Promise<string | null> {
  const { id, sealedSecret, secretKeyId, clearSecret } = trigger
  if (sealedSecret === null || secretKeyId === null) return clearSecret
  const bytes = await keys.byId(db, secretKeyId)
  if (bytes === null) throw keyMissing(await keys.masters())
  const plain = unseal(bytes, sealedSecret, triggerIdentity(trigger))
  if (plain === null) throw rowChanged(`of the trigger ${id}`)
  return plain.toString()
}

type ClearRow = { id: string; workspace_id: string; secret: string }

/** Encrypts what a version before encryption stored. Throws SECRET_UNREADABLE when there is no key to do it with. */
export async function sealClearTriggerSecrets(keys: KeyRing, tx: Transaction): Promise<void> {
  const { rows } = await tx.execute<ClearRow>(
    sql`select id, workspace_id, secret from triggers where secret is not null for update`,
  )
  for (const { id, workspace_id: workspaceId, secret } of rows) {
    const { sealedSecret, secretKeyId } = await sealTriggerSecret(keys, tx, { id, workspaceId }, secret)
    await tx.execute(
      sql`update triggers set secret = null, sealed_secret = ${sealedSecret}, secret_key_id = ${secretKeyId} where id = ${id}`,
    )
  }
}
