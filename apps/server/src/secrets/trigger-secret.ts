import { type SQL, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../database/connection.ts'
import { triggerIdentity } from './holders.ts'
import type { KeyRing } from './key-ring.ts'
import { seal, unseal } from './sealing.ts'
import { keyMissing, nullIfUnreadable, rowChanged } from './unreadable.ts'

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

/** The secret of a trigger and the key it is encrypted with, both of one moment: a rotation changes them together. */
type StoredSecret = {
  id: string
  workspace_id: string
  secret: string | null
  sealed_secret: Buffer | null
  key_id: string
  master_id: string
  wrapped: Buffer
}

async function readStored(db: Queries, condition: SQL): Promise<StoredSecret[]> {
  const { rows } = await db.execute<StoredSecret>(sql`
    select t.id, t.workspace_id, t.secret, t.sealed_secret, k.id as key_id, k.master_id, k.wrapped
    from triggers t left join encryption_keys k on k.id = t.secret_key_id
    where ${condition}`)
  return rows
}

/** Throws SECRET_UNREADABLE. */
async function open(keys: KeyRing, stored: StoredSecret): Promise<string | null> {
  const { id, workspace_id: workspaceId, secret, sealed_secret: sealed } = stored
  if (sealed === null) return secret
  const { key_id: keyId, master_id: masterId, wrapped } = stored
  const bytes = await keys.open({ id: keyId, masterId, wrapped })
  if (bytes === null) throw keyMissing(await keys.masters())
  const plain = unseal(bytes, sealed, triggerIdentity({ id, workspaceId }))
  if (plain === null) throw rowChanged(`of the trigger ${id}`)
  return plain.toString()
}

/** The secret of a trigger as it is now; null when it has none, or is gone. Throws SECRET_UNREADABLE. */
export async function openTriggerSecret(
  keys: KeyRing,
  db: Queries,
  { id }: Pick<TriggerOwner, 'id'>,
): Promise<string | null> {
  const [stored] = await readStored(db, sql`t.id = ${id}`)
  return stored === undefined ? null : await open(keys, stored)
}

/** Those of all triggers, as far as they can be decrypted. */
export async function readTriggerSecrets(keys: KeyRing, db: Queries): Promise<string[]> {
  const secrets: string[] = []
  for (const stored of await readStored(db, sql`t.sealed_secret is not null or t.secret is not null`)) {
    const secret = await open(keys, stored).catch(nullIfUnreadable)
    if (secret !== null) secrets.push(secret)
  }
  return secrets
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
