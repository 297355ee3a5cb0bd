import { oneLine, type TicketConfig } from '@optio/core'
import type { ForgeIssues, RepositoryRef } from '@optio/forges'
import { and, eq, getTableColumns } from 'drizzle-orm'
import type { Database } from '../../../database/connection.ts'
import { issues, repositories } from '../../../database/schema/index.ts'
import type { RepositoryRow } from '../../../database/schema/repositories.ts'
import { placeOfTicket } from './ticket-key.ts'

export interface MayAskDeps {
  readonly database: Database
  /** What its forge has for issues; null where that is nothing. */
  readonly issuesOf: (row: Pick<RepositoryRow, 'gitPlatform'>) => ForgeIssues | null
  readonly refOf: (row: RepositoryRow) => RepositoryRef
}

/**
 * Why an issue may start no run, in words; null when it may. Where only those may ask for work who may write to the repository, that is
 * whoever put the labels there that the trigger asks for, and without any whoever opened the issue. Asks the forge, so it is never called
 * in a transaction; throws NoAnswer, and ISSUE_NOT_FOUND.
 */
export async function whyNotAsked(
  deps: MayAskDeps,
  key: string,
  { labels = [] }: TicketConfig,
): Promise<string | null> {
  const place = placeOfTicket(key)
  const found = place === null ? null : await findIssue(deps.database, place)
  if (found === null || found.repository.disconnectedAt !== null) {
    return 'The issue is not there any more, or its repository is not connected.'
  }
  const { repository, number } = found
  if (repository.requestsFrom === 'anyone') return null
  const forge = deps.issuesOf(repository)
  if (forge === null) return 'The repository has no issues any more.'
  const ref = deps.refOf(repository)
  const name = `${ref.fullName}#${number}`
  const asking = new Map<string, string>()
  for (const label of labels) {
    const who = await forge.labelledBy(ref, number, label)
    if (who === null) return `Nobody can say who put the label “${label}” on ${name}. ${BY_HAND}`
    asking.set(who, `put the label “${label}” on ${name}`)
  }
  if (labels.length === 0) asking.set(found.author, `opened ${name}`)
  for (const [who, did] of asking) {
    if (await forge.mayWrite(ref, who)) continue
    return `${oneLine(who, 100)} ${did}, who may not write to the repository. ${BY_HAND}`
  }
  return null
}

const BY_HAND = 'Start it by hand if it is to run.'

async function findIssue(
  { orm }: Database,
  { repositoryId, number }: { readonly repositoryId: string; readonly number: number },
) {
  const [found] = await orm
    .select({ repository: getTableColumns(repositories), number: issues.number, author: issues.author })
    .from(issues)
    .innerJoin(repositories, eq(repositories.id, issues.repositoryId))
    .where(and(eq(issues.repositoryId, repositoryId), eq(issues.number, number)))
  return found ?? null
}
