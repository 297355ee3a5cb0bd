import { type SQL, sql } from 'drizzle-orm'

/** A table with encrypted values, and what each of them belongs to. */
export interface Holder {
  readonly table: SQL
  /** Columns of the key's id and of the encrypted bytes. */
  readonly key: SQL
  readonly sealed: SQL
  /** Columns of its identity, besides `id` and `workspace_id`. */
  readonly columns: SQL
  readonly identityOf: (row: HeldRow) => readonly (string | null)[]
}

export type HeldRow = { id: string; workspace_id: string; [column: string]: unknown }

/** Who a secret is, so that what is encrypted for one place can be read at no other. */
export function secretIdentity(secret: {
  readonly id: string
  readonly workspaceId: string
  readonly scope: string
  readonly repositoryId: string | null
  readonly userId: string | null
  readonly name: string
}): readonly (string | null)[] {
  const { id, workspaceId, scope, repositoryId, userId, name } = secret
  return ['secret', id, workspaceId, scope, repositoryId, userId, name]
}

export function triggerIdentity(trigger: {
  readonly id: string
  readonly workspaceId: string
}): readonly string[] {
  return ['trigger', trigger.id, trigger.workspaceId]
}

/** Every table with values that are encrypted: a rotation goes through them. */
export const HOLDERS: readonly Holder[] = [
  {
    table: sql`secrets`,
    key: sql`key_id`,
    sealed: sql`sealed`,
    columns: sql`scope, repository_id, user_id, name`,
    identityOf: (row) =>
      secretIdentity({
        id: row.id,
        workspaceId: row.workspace_id,
        scope: String(row.scope),
        repositoryId: row.repository_id as string | null,
        userId: row.user_id as string | null,
        name: String(row.name),
      }),
  },
  {
    table: sql`triggers`,
    key: sql`secret_key_id`,
    sealed: sql`sealed_secret`,
    columns: sql`path`,
    identityOf: (row) => triggerIdentity({ id: row.id, workspaceId: row.workspace_id }),
  },
]
