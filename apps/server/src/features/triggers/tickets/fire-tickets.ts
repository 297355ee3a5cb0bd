import type { TicketConfig } from '@optio/core'
import { and, eq, getTableColumns, or, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import type { Transaction } from '../../../database/connection.ts'
import { blueprints, triggers } from '../../../database/schema/index.ts'
import type { RepositoryRow } from '../../../database/schema/repositories.ts'
import type { IssueChange } from '../../issues/sync/issue-row.ts'
import { addTicketJob } from '../../issues/sync/jobs.ts'
import { paramsOf } from '../params.ts'
import { insertFiring, type TriggerRow } from '../queries.ts'
import { ticketKey } from './ticket-key.ts'

/** Trackers by the name that ticket triggers have for them. */
const SOURCE = 'github'

type Ticket = IssueChange['after']

/**
 * Records a firing for each ticket trigger that an issue fits now and did not fit before; the queue carries it out. An issue that was
 * opened before the trigger was attached fires it only when it comes to fit later. Each fires a trigger once, whatever becomes of it.
 */
export async function fireTickets(
  tx: Transaction,
  repository: RepositoryRow,
  changes: readonly IssueChange[],
): Promise<void> {
  const open = changes.filter(({ after }) => after.state === 'open')
  if (open.length === 0) return
  for (const trigger of await ticketTriggers(tx, repository)) {
    for (const { before, after } of open) {
      if (!fits(trigger, after)) continue
      if (isNew(trigger, before, after)) await fire(tx, trigger, repository, after)
    }
  }
}

/** Of one that was never seen the time it was opened decides, which GitHub tells to the second. */
function isNew(trigger: TriggerRow, before: IssueChange['before'], after: Ticket): boolean {
  if (before !== null) return !fits(trigger, before)
  return after.createdAt.getTime() >= Math.floor(trigger.createdAt.getTime() / 1000) * 1000
}

/** Those of blueprints of this repository, and of standalone tasks, which have none of their own. */
async function ticketTriggers(tx: Transaction, repository: RepositoryRow): Promise<TriggerRow[]> {
  return await tx
    .select(getTableColumns(triggers))
    .from(triggers)
    .innerJoin(blueprints, eq(blueprints.id, triggers.blueprintId))
    .where(
      and(
        eq(triggers.workspaceId, repository.workspaceId),
        eq(triggers.type, 'ticket'),
        triggers.enabled,
        sql`lower(${triggers.config} ->> 'source') = ${SOURCE}`,
        or(eq(blueprints.kind, 'standalone'), eq(blueprints.repositoryId, repository.id)),
      ),
    )
    .orderBy(triggers.id)
}

/** It is open and has all of the labels, whose case does not count. */
function fits({ config }: TriggerRow, { state, labels }: Pick<Ticket, 'state' | 'labels'>): boolean {
  const has = new Set(labels.map((name) => name.toLowerCase()))
  const { labels: wanted = [] } = config as TicketConfig
  return state === 'open' && wanted.every((name) => has.has(name.toLowerCase()))
}

async function fire(
  tx: Transaction,
  { id: triggerId, workspaceId, paramMapping }: TriggerRow,
  repository: RepositoryRow,
  ticket: Ticket,
): Promise<void> {
  const firingId = await insertFiring(tx, {
    id: uuidv7(),
    workspaceId,
    triggerId,
    key: ticketKey({ repositoryId: repository.id, number: ticket.number }),
    state: 'waiting',
    params: paramsOf(payloadOf(repository, ticket), paramMapping),
  })
  if (firingId !== null) await addTicketJob(tx, firingId)
}

/** What the parameters of its run are taken from. */
function payloadOf(repository: RepositoryRow, ticket: Ticket): Record<string, unknown> {
  return {
    source: SOURCE,
    externalId: `${repository.fullName}#${ticket.number}`,
    number: ticket.number,
    title: ticket.title,
    body: ticket.body,
    url: ticket.url,
    labels: ticket.labels,
    author: ticket.author,
    assignee: ticket.assignees[0] ?? null,
    repo: repository.fullName,
    repoUrl: repository.repoUrl,
    createdAt: ticket.createdAt.toISOString(),
  }
}
