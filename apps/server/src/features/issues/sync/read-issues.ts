import { type ForgeIssue, type ForgeIssues, NoAnswer, type RepositoryRef } from '@optio/forges'
import { and, eq, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { FastifyBaseLogger } from 'fastify'
import type { Database, Transaction } from '../../../database/connection.ts'
import { issueSyncs, issues } from '../../../database/schema/index.ts'
import type { RepositoryRow } from '../../../database/schema/repositories.ts'
import { addSyncJob, remindOfLabels } from './jobs.ts'
import {
  type Begun,
  beginReading,
  dueUnlessAsked,
  failReading,
  fullEnded,
  newLease,
  nextReading,
  readAgain,
  type SyncRow,
} from './progress.ts'
import { markSeen, storeIssues, tellOfChanges } from './store.ts'

export interface ReadDeps {
  readonly database: Database
  /** What its forge has for issues; null where that is nothing. */
  readonly issuesOf: (row: Pick<RepositoryRow, 'gitPlatform'>) => ForgeIssues | null
  readonly refOf: (row: RepositoryRow) => RepositoryRef
  /** Between two readings of a repository, in milliseconds. */
  readonly intervalMs: number
  readonly log: Pick<FastifyBaseLogger, 'error'>
}

/**
 * Asked for once more each time: changes have their time before others can see them, and their clocks differ. What comes twice costs
 * nothing, because an answer that is the same is not sent again.
 */
const OVERLAP_MS = 60_000
/** After all that are open were read, what changed since shortly before that began is asked for. */
const FULL_OVERLAP_MS = 10 * 60_000

/**
 * Reads what changed in the issues of one repository, if that is due, and arranges the next time. Never throws for the forge's sake. When
 * the signal says that this process ends, it stops after the page it is at.
 */
export async function readIssues(deps: ReadDeps, repositoryId: string, ending?: AbortSignal): Promise<void> {
  const begun = await beginReading(deps.database, repositoryId)
  if (begun === null) return
  const forge = deps.issuesOf(begun.repository)
  if (forge === null) return
  const reading = new Reading(deps, forge, begun, ending)
  try {
    await reading.toTheEnd()
  } catch (error) {
    if (error instanceof Superseded) return
    if (!(error instanceof NoAnswer)) {
      deps.log.error({ err: error, repositoryId }, 'The issues of a repository could not be read.')
    }
    await failReading(deps.database, { ...begun, lease: reading.lease }, error)
  }
}

/** Somebody asked for another reading, which is in the queue. */
class Superseded extends Error {}

/**
 * From the oldest change to the newest, each page stored with how far it came: a reading that is broken off goes on there. Pages after
 * the first are not walked as they are numbered, because what changes meanwhile moves to the end and others into its place: it is asked
 * anew from the newest change that is known.
 */
class Reading {
  lease: Date
  readonly #deps: ReadDeps
  readonly #forge: ForgeIssues
  readonly #repository: RepositoryRow
  readonly #ending: AbortSignal | undefined
  #sync: SyncRow
  /** When the reading of all that are open began, once that has come to its end here. */
  #fullSince: Date | null = null

  constructor(
    deps: ReadDeps,
    forge: ForgeIssues,
    { sync, repository, lease }: Begun,
    ending: AbortSignal | undefined,
  ) {
    this.#deps = deps
    this.#forge = forge
    this.#repository = repository
    this.#ending = ending
    this.#sync = sync
    this.lease = lease
  }

  async toTheEnd(): Promise<void> {
    let etag = this.#sync.etag
    for (;;) {
      const asked = await this.#ask(etag)
      if (asked.cameOn) etag = null
      else if (this.#sync.fullSince !== null) {
        await this.#endFull(this.#sync.fullSince)
        etag = null
      } else return await this.#finish(asked.etag)
    }
  }

  /** One question; `cameOn`: there may be more behind what it answered. */
  async #ask(etag: string | null): Promise<{ readonly cameOn: boolean; readonly etag: string | null }> {
    const { since, fullSince } = this.#sync
    const pages = this.#forge.changed(this.#deps.refOf(this.#repository), {
      since: since === null ? null : since.getTime() - OVERLAP_MS,
      etag,
      openOnly: fullSince !== null,
    })
    let tag: string | null = null
    let count = 0
    for await (const page of pages) {
      if (page.unchanged) return { cameOn: false, etag }
      count += 1
      tag = page.etag
      const known = this.#sync.since?.getTime() ?? Number.NEGATIVE_INFINITY
      const newest = Math.max(known, page.newest ?? Number.NEGATIVE_INFINITY)
      await this.#store(page.issues, Number.isFinite(newest) ? new Date(newest) : null)
      if (newest > known) return { cameOn: true, etag: null }
    }
    // Of several pages the first says nothing about the others.
    return { cameOn: false, etag: count === 1 ? tag : null }
  }

  async #store(read: readonly ForgeIssue[], since: Date | null): Promise<void> {
    const lease = newLease()
    const { id, workspaceId } = this.#repository
    await this.#deps.database.transaction(async (tx) => {
      const { changed } = await storeIssues(tx, this.#repository, read, 'read')
      if (this.#sync.fullSince !== null || this.#fullSince !== null) await markSeen(tx, id, read)
      await this.#update(tx, { since, etag: null, dueAt: dueUnlessAsked(this.lease, lease) })
      if (this.#ending?.aborted) await readAgain(tx, { workspaceId, repositoryId: id })
      await tellOfChanges(tx, this.#repository, changed)
    })
    this.lease = lease
    if (this.#ending?.aborted) throw new Superseded()
  }

  /** All that are open were seen. What closed meanwhile is among what changed since. */
  async #endFull(fullSince: Date): Promise<void> {
    this.#fullSince = fullSince
    const before = fullSince.getTime() - FULL_OVERLAP_MS
    const since = new Date(Math.min(this.#sync.since?.getTime() ?? before, before))
    await this.#deps.database.transaction((tx) =>
      this.#update(tx, { since, etag: null, fullSince: null, fullAt: fullEnded(fullSince) }),
    )
  }

  async #finish(etag: string | null): Promise<void> {
    const next = nextReading(this.#repository, this.#deps.intervalMs)
    const isNews = this.#sync.error !== null || this.#sync.syncedAt === null
    await this.#deps.database.transaction(async (tx) => {
      const gone = await this.#dropUnseen(tx)
      const { dueAt } = await this.#update(tx, {
        etag,
        dueAt: dueUnlessAsked(this.lease, next),
        syncedAt: sql`now()`,
        failures: 0,
        error: null,
        updatedAt: sql`now()`,
      })
      await addSyncJob(tx, this.#repository.id, dueAt)
      await remindOfLabels(tx, this.#repository.id)
      await tellOfChanges(tx, this.#repository, Math.max(gone, isNews ? 1 : 0))
    })
  }

  /** Those that count as open and were in no answer: they were deleted, or moved to another repository. */
  async #dropUnseen(tx: Transaction): Promise<number> {
    if (this.#fullSince === null) return 0
    const gone = await tx
      .delete(issues)
      .where(
        and(
          eq(issues.repositoryId, this.#repository.id),
          eq(issues.state, 'open'),
          sql`${issues.seenAt} < ${this.#fullSince.toISOString()}::timestamptz`,
        ),
      )
      .returning({ number: issues.number })
    return gone.length
  }

  /** Throws where another reading from the beginning was asked for since this one was begun: its progress is not that one's. */
  async #update(tx: Transaction, change: PgUpdateSetSource<typeof issueSyncs>): Promise<SyncRow> {
    const fullSince = this.#sync.fullSince?.toISOString() ?? null
    const [row] = await tx
      .update(issueSyncs)
      .set(change)
      .where(
        and(
          eq(issueSyncs.repositoryId, this.#repository.id),
          // As exact as a date is here.
          sql`date_trunc('milliseconds', ${issueSyncs.fullSince}) is not distinct from ${fullSince}::timestamptz`,
        ),
      )
      .returning()
    if (row === undefined) throw new Superseded()
    this.#sync = row
    return row
  }
}
