import { and, eq, gte, type SQL, sql } from 'drizzle-orm'
import { blueprints } from '../../database/schema/index.ts'
import type { ListTerms } from '../list-terms.ts'
import { afterPlace, type Given, type PageRequest } from '../newest-first.ts'
import type { DefinitionKind } from '../tasks/resolve.ts'

/** Newest first by these. */
export const blueprintOrder = { createdAt: blueprints.createdAt, id: blueprints.id }

export interface BlueprintFilter extends PageRequest {
  readonly kind?: DefinitionKind | undefined
  readonly repositoryId?: string | undefined
  readonly agentType?: string | undefined
  /** Each begins a word of name, title or prompt. */
  readonly words?: string | undefined
  readonly since?: string | undefined
  /** Inclusive to the millisecond, the precision in which times are answered. */
  readonly until?: string | undefined
  readonly createdBy?: string | undefined
  /** Nothing can match. */
  readonly none: boolean
}

/** What a row must be to be in the list, wherever the page begins. */
export function blueprintConditions(
  { workspaceId, words, after }: ListTerms,
  filter: Omit<BlueprintFilter, keyof PageRequest | 'words'>,
): SQL | undefined {
  return and(
    eq(blueprints.workspaceId, workspaceId),
    filter.kind === undefined ? undefined : eq(blueprints.kind, filter.kind),
    filter.repositoryId === undefined ? undefined : eq(blueprints.repositoryId, filter.repositoryId),
    filter.agentType === undefined ? undefined : eq(blueprints.agentType, filter.agentType),
    filter.createdBy === undefined ? undefined : eq(blueprints.createdBy, filter.createdBy),
    filter.since === undefined ? undefined : gte(blueprints.createdAt, sql`${filter.since}::timestamptz`),
    filter.until === undefined
      ? undefined
      : sql`${blueprints.createdAt} < ${filter.until}::timestamptz + interval '1 millisecond'`,
    words === undefined ? undefined : hasWords(words),
    filter.none ? sql`false` : undefined,
    afterPlace(blueprintOrder, after),
  )
}

/** As `tasksWithWords` reads them: data, cut up by the database as it cut up the texts. Nothing but punctuation is in none. */
function hasWords(words: Given<string>): SQL {
  return sql`${blueprints.words} @@ (
    select string_agg('''' || lexeme || ''':*', ' & ')::tsquery from unnest(words_of(${words}, '')))`
}
