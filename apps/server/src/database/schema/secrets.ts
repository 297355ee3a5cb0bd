import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  index,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytes, createdAt, moment, updatedAt, workspaceId } from './columns.ts'
import { repositories } from './repositories.ts'
import { workspaces } from './workspaces.ts'

/**
 * Keys that secrets are encrypted with, each encrypted with the master key (envelope encryption). One is active; an older one stays for
 * as long as a secret needs it.
 */
export const encryptionKeys = pgTable(
  'encryption_keys',
  {
    id: text('id').primaryKey(),
    /** Fingerprint of the master key this one is encrypted with. */
    masterId: text('master_id').notNull(),
    /** Nonce, ciphertext and tag. */
    wrapped: bytes('wrapped').notNull(),
    state: text('state', { enum: ['active', 'older'] }).notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('encryption_keys_one_active').on(t.state).where(sql`state = 'active'`)],
)

/** A value only Optio and those it gives it to may know. The row's identity is part of what is authenticated: moved, it cannot be read. */
export const secrets = pgTable(
  'secrets',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    name: text('name').notNull(),
    scope: text('scope', { enum: ['global', 'repository', 'user'] }).notNull(),
    repositoryId: uuid('repository_id'),
    userId: text('user_id'),
    keyId: text('key_id')
      .notNull()
      .references(() => encryptionKeys.id),
    /** Nonce, ciphertext and tag. */
    sealed: bytes('sealed').notNull(),
    /** What the service it belongs to said of it when it was saved. */
    validation: jsonb('validation').$type<{ valid: boolean | null; detail: string; checkedAt: string }>(),
    lastUsedAt: moment('last_used_at'),
    lastUsedBy: text('last_used_by'),
    createdBy: text('created_by').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId], foreignColumns: [workspaces.id] }),
    foreignKey({
      columns: [t.workspaceId, t.repositoryId],
      foreignColumns: [repositories.workspaceId, repositories.id],
    }),
    unique('secrets_key').on(t.workspaceId, t.name, t.scope, t.repositoryId, t.userId).nullsNotDistinct(),
    check('secrets_name', sql`${t.name} ~ '^[A-Z_][A-Z0-9_]*$'`),
    check(
      'secrets_scope',
      sql`(${t.scope} = 'repository') = (${t.repositoryId} is not null) and (${t.scope} = 'user') = (${t.userId} is not null)`,
    ),
    index('secrets_newest').on(t.workspaceId, t.createdAt.desc(), t.id.desc()),
    index('secrets_of_key').on(t.keyId),
  ],
)
