import { type SQL, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../database/connection.ts'
import { type HeldRow, HOLDERS, type Holder } from './holders.ts'
import type { KeyRing, WrappedKey } from './key-ring.ts'
import { seal, unseal } from './sealing.ts'

interface KeyRow extends WrappedKey {
  readonly state: 'active' | 'older'
}

export interface RotationDeps {
  readonly database: Database
  readonly keys: KeyRing
}

const BATCH = 100

/**
 * A new key becomes the active one, everything that is encrypted is encrypted with it, and keys that nothing needs any more are
 * deleted. Each step leaves everything readable, since a value and the id of its key change together; one that was broken off is gone
 * on with. What cannot be decrypted stays as it is, and keeps its key.
 */
export async function rotateKeys(deps: RotationDeps): Promise<void> {
  await deps.database.transaction((tx) => begin(deps, tx))
  for (const holder of HOLDERS) await moveAll(deps, holder)
  await deps.database.transaction((tx) => deleteUnneeded(deps, tx))
}

async function begin({ keys }: RotationDeps, tx: Transaction): Promise<void> {
  await keys.lock(tx)
  const rows = await readKeys(tx)
  const active = rows.find(({ state }) => state === 'active')
  const [first] = (await keys.masters()).keys
  // Under a new master key there has to be a new key, whatever was begun before.
  const isCurrent =
    active !== undefined && active.masterId === first?.id && (await keys.open(active)) !== null
  if (isCurrent && (await readableOlder(keys, rows)).length > 0) return
  await keys.replaceActive(tx)
}

async function moveAll({ database, keys }: RotationDeps, holder: Holder): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const last = await database.transaction((tx) => moveBatch(keys, tx, holder, after))
    if (last === null) return
    after = last
  }
}

/** Answers the id of the last row it looked at; null when there are none after `after`. */
async function moveBatch(
  keys: KeyRing,
  tx: Transaction,
  holder: Holder,
  after: string,
): Promise<string | null> {
  const active = await keys.active(tx)
  const older = await readableOlder(keys, await readKeys(tx))
  const { rows } = await tx.execute<HeldRow & { key: string; sealed: Buffer }>(sql`
    select id, workspace_id, ${holder.key} as key, ${holder.sealed} as sealed, ${holder.columns}
    from ${holder.table} where ${holder.key} = any(${sql.param(older.map(({ id }) => id))}::text[]) and id > ${after}
    order by id limit ${BATCH}`)
  for (const row of rows) {
    const bytes = older.find(({ id }) => id === row.key)?.bytes
    const identity = holder.identityOf(row)
    const plain = bytes === undefined ? null : unseal(bytes, row.sealed, identity)
    // Changed by somebody: nothing here could make it whole.
    if (plain === null) continue
    await tx.execute(sql`
      update ${holder.table} set ${holder.sealed} = ${seal(active.bytes, plain, identity)}, ${holder.key} = ${active.id}
      where id = ${row.id} and ${holder.key} = ${row.key} and ${holder.sealed} = ${row.sealed}`)
  }
  return rows.at(-1)?.id ?? null
}

async function deleteUnneeded({ keys }: RotationDeps, tx: Transaction): Promise<void> {
  await keys.lock(tx)
  const unneeded = HOLDERS.map(
    ({ table, key }): SQL => sql`not exists (select from ${table} where ${key} = encryption_keys.id)`,
  )
  await tx.execute(
    sql`delete from encryption_keys where state = 'older' and ${sql.join(unneeded, sql` and `)}`,
  )
}

async function readableOlder(
  keys: KeyRing,
  rows: readonly KeyRow[],
): Promise<{ readonly id: string; readonly bytes: Buffer }[]> {
  const readable: { id: string; bytes: Buffer }[] = []
  for (const row of rows) {
    const bytes = row.state === 'older' ? await keys.open(row) : null
    if (bytes !== null) readable.push({ id: row.id, bytes })
  }
  return readable
}

async function readKeys(tx: Transaction): Promise<KeyRow[]> {
  const { rows } = await tx.execute<{
    id: string
    master_id: string
    wrapped: Buffer
    state: KeyRow['state']
  }>(sql`select id, master_id, wrapped, state from encryption_keys`)
  return rows.map((row) => ({ id: row.id, masterId: row.master_id, wrapped: row.wrapped, state: row.state }))
}
