import type { EnvironmentSpec } from '@optio/core'
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  customType,
  foreignKey,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, updatedAt, usd, workspaceId } from './columns.ts'
import { repositories } from './repositories.ts'
import { workspaces } from './workspaces.ts'

const tsvector = customType<{ data: string; driverData: string }>({ dataType: () => 'tsvector' })

/**
 * A saved definition that runs are made from: by hand, or by its triggers. `repo` ones make runs of a repository (API type
 * `repo-blueprint`), `standalone` ones make runs without any.
 */
export const blueprints = pgTable(
  'blueprints',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    kind: text('kind', { enum: ['repo', 'standalone'] }).notNull(),
    name: text('name').notNull(),
    /** Template of a run's title; null for the name. */
    title: text('title'),
    /** Template of a run's prompt. */
    prompt: text('prompt').notNull(),
    description: text('description'),
    repositoryId: uuid('repository_id'),
    /** Null for the repository's default branch. */
    baseRef: text('base_ref'),
    /** Null for the default of the repository. */
    agentType: text('agent_type'),
    agentCommand: jsonb('agent_command').$type<string[]>(),
    model: text('model'),
    priority: integer('priority').notNull().default(100),
    maxRetries: integer('max_retries').notNull(),
    maxTurns: integer('max_turns'),
    budgetUsd: usd('budget_usd'),
    /** Runs of a standalone definition that may execute at once. */
    maxConcurrent: integer('max_concurrent'),
    /** Not jsonb: the order of its properties is that of the form it makes. */
    paramsSchema: json('params_schema').$type<Record<string, unknown>>(),
    environmentSpec: jsonb('environment_spec').$type<EnvironmentSpec>(),
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    enabled: boolean('enabled').notNull().default(true),
    agentSecrets: jsonb('agent_secrets').$type<string[]>().notNull().default([]),
    createdBy: text('created_by').notNull(),
    /** Words of name, title and prompt, for searches. */
    words: tsvector('words').generatedAlwaysAs(sql`words_of(name || ' ' || coalesce(title, ''), prompt)`),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId], foreignColumns: [workspaces.id] }),
    foreignKey({
      columns: [t.workspaceId, t.repositoryId],
      foreignColumns: [repositories.workspaceId, repositories.id],
    }),
    unique('blueprints_workspace_id_key').on(t.workspaceId, t.id),
    check('blueprints_repository', sql`(${t.kind} = 'repo') = (${t.repositoryId} is not null)`),
    check(
      'blueprints_standalone',
      sql`${t.kind} <> 'standalone' or (${t.agentType} is not null and ${t.maxConcurrent} is not null)`,
    ),
    check(
      'blueprints_limits',
      sql`${t.priority} between 0 and 1000 and ${t.maxRetries} between 0 and 10 and ${t.maxConcurrent} >= 1 and ${t.maxTurns} >= 1`,
    ),
    index('blueprints_newest').on(t.workspaceId, t.createdAt.desc(), t.id.desc()),
    index('blueprints_newest_of_kind').on(t.workspaceId, t.kind, t.createdAt.desc(), t.id.desc()),
    index('blueprints_of_repository').on(t.repositoryId),
    index('blueprints_by_word').using('gin', t.words),
  ],
)
