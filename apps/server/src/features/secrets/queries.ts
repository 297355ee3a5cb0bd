import { and, eq, getTableColumns, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import { encryptionKeys, secrets } from '../../database/schema/index.ts'
import { afterCursor, newestFirst, type PageRequest, placeColumn } from '../newest-first.ts'

export type SecretRow = typeof secrets.$inferSelect

/** Where a secret holds: everywhere in a workspace, for one repository, for one person. */
export type SecretPlace = Pick<SecretRow, 'workspaceId' | 'scope' | 'repositoryId' | 'userId'>

/** A row with the key it is encrypted with, both of one moment. */
export interface SealedRow extends SecretRow {
  readonly masterId: string
  readonly wrapped: Buffer
}

const sealedColumns = {
  ...getTableColumns(secrets),
  masterId: encryptionKeys.masterId,
  wrapped: encryptionKeys.wrapped,
}
const order = { createdAt: secrets.createdAt, id: secrets.id }

function sealedRows(db: Queries) {
  return db
    .select(sealedColumns)
    .from(secrets)
    .innerJoin(encryptionKeys, eq(encryptionKeys.id, secrets.keyId))
    .$dynamic()
}

/** Those with this name that hold for somebody, the one that goes before the others first: user, repository, global. */
export async function findSecrets(
  db: Queries,
  workspaceId: string,
  name: string,
  about: { readonly repositoryId: string | null; readonly userId: string | null },
): Promise<SealedRow[]> {
  return await sealedRows(db)
    .where(and(eq(secrets.workspaceId, workspaceId), eq(secrets.name, name), holdsFor(about)))
    .orderBy(sql`case ${secrets.scope} when 'user' then 0 when 'repository' then 1 else 2 end`)
}

/** Of the whole installation. */
export async function allSecrets(db: Queries): Promise<SealedRow[]> {
  return await sealedRows(db)
}

/** Of this name in every workspace, but for people's own; those for everybody first. */
export async function secretsNamed(db: Queries, name: string): Promise<SealedRow[]> {
  return await sealedRows(db)
    .where(and(eq(secrets.name, name), ne(secrets.scope, 'user')))
    .orderBy(sql`${secrets.scope} <> 'global'`, secrets.createdAt, secrets.id)
}

export async function namesFor(
  db: Queries,
  workspaceId: string,
  about: { readonly repositoryId: string | null; readonly userId: string | null },
): Promise<string[]> {
  const rows = await db
    .selectDistinct({ name: secrets.name })
    .from(secrets)
    .where(and(eq(secrets.workspaceId, workspaceId), holdsFor(about)))
  return rows.map(({ name }) => name)
}

export interface SecretFilter extends PageRequest {
  /** Left out: all that are not another person's. */
  readonly place?: Omit<SecretPlace, 'workspaceId'> | undefined
}

/** One row more than `limit`, if there is one, newest first. Not run yet, so that a test can have it explained. */
export function listSecretsQuery(db: Queries, workspaceId: string, userId: string, filter: SecretFilter) {
  const { place } = filter
  return db
    .select({ ...sealedColumns, place: placeColumn(order) })
    .from(secrets)
    .innerJoin(encryptionKeys, eq(encryptionKeys.id, secrets.keyId))
    .where(
      and(
        eq(secrets.workspaceId, workspaceId),
        place === undefined ? or(isNull(secrets.userId), eq(secrets.userId, userId)) : isPlace(place),
        afterCursor(order, filter.cursor),
      ),
    )
    .orderBy(...newestFirst(order))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
}

/** Held until the transaction ends; null when there is none. */
export async function lockSecret(
  tx: Transaction,
  { workspaceId, ...place }: SecretPlace,
  name: string,
): Promise<{ readonly id: string } | null> {
  const [row] = await tx
    .select({ id: secrets.id })
    .from(secrets)
    .where(and(eq(secrets.workspaceId, workspaceId), eq(secrets.name, name), isPlace(place)))
    .for('update')
  return row ?? null
}

/** False when there is one of this name and scope (by now). */
export async function insertSecret(tx: Transaction, row: typeof secrets.$inferInsert): Promise<boolean> {
  const inserted = await tx
    .insert(secrets)
    .values(row)
    .onConflictDoNothing({
      target: [secrets.workspaceId, secrets.name, secrets.scope, secrets.repositoryId, secrets.userId],
    })
    .returning({ id: secrets.id })
  return inserted.length > 0
}

export async function updateSecret(
  tx: Transaction,
  id: string,
  change: Pick<SecretRow, 'keyId' | 'sealed'>,
): Promise<void> {
  await tx
    .update(secrets)
    .set({ ...change, validation: null, updatedAt: sql`now()` })
    .where(eq(secrets.id, id))
}

/** What its service said of it, unless it was replaced meanwhile. */
export async function updateValidation(
  db: Queries,
  { id, sealed }: Pick<SecretRow, 'id' | 'sealed'>,
  validation: SecretRow['validation'],
): Promise<void> {
  await db
    .update(secrets)
    .set({ validation })
    .where(and(eq(secrets.id, id), eq(secrets.sealed, sealed)))
}

/** False when there was none. */
export async function deleteSecret(
  tx: Transaction,
  { workspaceId, ...place }: SecretPlace,
  name: string,
): Promise<boolean> {
  const gone = await tx
    .delete(secrets)
    .where(and(eq(secrets.workspaceId, workspaceId), eq(secrets.name, name), isPlace(place)))
    .returning({ id: secrets.id })
  return gone.length > 0
}

/** That it was used; at most once in a minute, whoever uses it how often. */
export async function markUsed(db: Queries, id: string, by: string): Promise<void> {
  await db
    .update(secrets)
    .set({ lastUsedAt: sql`now()`, lastUsedBy: by })
    .where(
      and(
        eq(secrets.id, id),
        or(isNull(secrets.lastUsedAt), sql`${secrets.lastUsedAt} < now() - interval '1 minute'`),
      ),
    )
}

type EncryptionRow = {
  active: string | null
  active_since: Date | null
  keys_made: number
  secrets: number
  older: number
}

export async function readEncryption(db: Queries): Promise<EncryptionRow | undefined> {
  const { rows } = await db.execute<EncryptionRow>(sql`
    with held as (
      select key_id from secrets union all select secret_key_id from triggers where secret_key_id is not null
    )
    select k.id as active, k.created_at as active_since, coalesce(substr(k.id, 2)::int, 0) as keys_made,
           (select count(*)::int from held) as secrets,
           (select count(*)::int from held where key_id is distinct from k.id) as older
    from (select 1) one left join encryption_keys k on k.state = 'active'`)
  return rows[0]
}

function holdsFor({
  repositoryId,
  userId,
}: {
  readonly repositoryId: string | null
  readonly userId: string | null
}): SQL | undefined {
  return or(
    eq(secrets.scope, 'global'),
    repositoryId === null ? undefined : eq(secrets.repositoryId, repositoryId),
    userId === null ? undefined : eq(secrets.userId, userId),
  )
}

function isPlace({ scope, repositoryId, userId }: Omit<SecretPlace, 'workspaceId'>): SQL | undefined {
  return and(
    eq(secrets.scope, scope),
    repositoryId === null ? isNull(secrets.repositoryId) : eq(secrets.repositoryId, repositoryId),
    userId === null ? isNull(secrets.userId) : eq(secrets.userId, userId),
  )
}

/** Repositories that have secrets of their own. */
export async function repositoriesOf(db: Queries, workspaceId: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: secrets.repositoryId })
    .from(secrets)
    .where(and(eq(secrets.workspaceId, workspaceId), eq(secrets.scope, 'repository')))
  return rows.flatMap(({ id }) => id ?? [])
}
