import type { FiringState, TriggerConfig } from '@optio/core'
import { FIRING_STATES, TRIGGER_TYPES } from '@optio/core'
import { sql } from 'drizzle-orm'
import {
  boolean,
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
import { blueprints } from './blueprints.ts'
import { bytes, createdAt, moment, updatedAt, workspaceId } from './columns.ts'
import { encryptionKeys } from './secrets.ts'

/** What makes runs of a definition without anybody asking. */
export const triggers = pgTable(
  'triggers',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    blueprintId: uuid('blueprint_id').notNull(),
    type: text('type', { enum: TRIGGER_TYPES }).notNull(),
    /** Without the secret. */
    config: jsonb('config').$type<TriggerConfig>().notNull(),
    paramMapping: jsonb('param_mapping').$type<Record<string, string>>(),
    enabled: boolean('enabled').notNull().default(true),
    /** Of a webhook: the end of its address, `/api/hooks/<path>`; unique in the installation. */
    path: text('path'),
    /** Of a webhook: the key of its signatures, encrypted (nonce, ciphertext and tag). Never answered. */
    sealedSecret: bytes('sealed_secret'),
    secretKeyId: text('secret_key_id').references(() => encryptionKeys.id),
    /** The same as versions before encryption stored it: encrypted, and null, from the next start on. */
    clearSecret: text('secret'),
    /** Of a schedule that is enabled: when it is due. */
    nextFireAt: moment('next_fire_at'),
    lastFiredAt: moment('last_fired_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    unique('triggers_workspace_id_key').on(t.workspaceId, t.id),
    foreignKey({
      columns: [t.workspaceId, t.blueprintId],
      foreignColumns: [blueprints.workspaceId, blueprints.id],
    }).onDelete('cascade'),
    unique('triggers_path_key').on(t.path),
    check('triggers_webhook', sql`(${t.type} = 'webhook') = (${t.path} is not null)`),
    check('triggers_secret', sql`${t.clearSecret} is null or ${t.type} = 'webhook'`),
    check(
      'triggers_sealed',
      sql`(${t.sealedSecret} is null) = (${t.secretKeyId} is null) and (${t.sealedSecret} is null or ${t.type} = 'webhook' and ${t.clearSecret} is null)`,
    ),
    index('triggers_of_key').on(t.secretKeyId),
    index('triggers_of_blueprint').on(t.blueprintId, t.createdAt, t.id),
    index('triggers_due').on(t.nextFireAt).where(sql`next_fire_at is not null`),
  ],
)

/** One time a trigger fired: recorded in the transaction that starts its run, so that there is exactly one for each. */
export const triggerFirings = pgTable(
  'trigger_firings',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    triggerId: uuid('trigger_id').notNull(),
    /** What it is one firing of: the time it was due, or the delivery. A second with the same key is none. */
    key: text('key').notNull(),
    /** Of a schedule: the time it was due. */
    dueAt: moment('due_at'),
    state: text('state', { enum: FIRING_STATES }).$type<FiringState>().notNull(),
    /** Why no run was started (yet), in words; null when one was. */
    code: text('code'),
    reason: text('reason'),
    runId: uuid('run_id'),
    /** What the run is to be started with, while it waits. */
    params: jsonb('params').$type<Record<string, unknown>>(),
    createdAt: createdAt(),
    /** When it was started, skipped or given up. */
    settledAt: moment('settled_at'),
  },
  (t) => [
    foreignKey({
      columns: [t.workspaceId, t.triggerId],
      foreignColumns: [triggers.workspaceId, triggers.id],
    }).onDelete('cascade'),
    uniqueIndex('trigger_firings_key').on(t.triggerId, t.key),
    index('trigger_firings_newest').on(t.triggerId, t.createdAt.desc(), t.id.desc()),
    index('trigger_firings_waiting').on(t.triggerId, t.createdAt, t.id).where(sql`state = 'waiting'`),
    index('trigger_firings_by_age').on(t.createdAt),
    check('trigger_firings_started', sql`(${t.state} = 'started') = (${t.runId} is not null)`),
    check('trigger_firings_settled', sql`(${t.state} = 'waiting') = (${t.settledAt} is null)`),
  ],
)
