import { PROMPT_TEMPLATE_KINDS } from '@optio/core'
import { sql } from 'drizzle-orm'
import {
  boolean,
  foreignKey,
  index,
  integer,
  json,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, updatedAt, workspaceId } from './columns.ts'
import { repositories } from './repositories.ts'
import { workspaces } from './workspaces.ts'

/** Words that agents are given instead of the built-in ones, for one repository or for all. */
export const promptTemplates = pgTable(
  'prompt_templates',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    name: text('name').notNull(),
    kind: text('kind', { enum: PROMPT_TEMPLATE_KINDS }).notNull(),
    template: text('template').notNull(),
    description: text('description'),
    /** Not jsonb: the order of its properties is that of the form it makes. */
    paramsSchema: json('params_schema').$type<Record<string, unknown>>(),
    /** Null: for every repository that has none of its own. */
    repositoryId: uuid('repository_id'),
    /** It is the one of its kind that is used. */
    isDefault: boolean('is_default').notNull().default(false),
    defaultAgentType: text('default_agent_type'),
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
    index('prompt_templates_newest').on(t.workspaceId, t.createdAt.desc(), t.id.desc()),
    uniqueIndex('prompt_templates_default_of_repository')
      .on(t.repositoryId, t.kind)
      .where(sql`is_default and repository_id is not null`),
    uniqueIndex('prompt_templates_default')
      .on(t.workspaceId, t.kind)
      .where(sql`is_default and repository_id is null`),
  ],
)

/** A task that is filled in beforehand. */
export const taskTemplates = pgTable(
  'task_templates',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    name: text('name').notNull(),
    title: text('title'),
    prompt: text('prompt').notNull(),
    repositoryId: uuid('repository_id'),
    agentType: text('agent_type'),
    priority: integer('priority'),
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
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
    index('task_templates_newest').on(t.workspaceId, t.createdAt.desc(), t.id.desc()),
  ],
)
