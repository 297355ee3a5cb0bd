import { sql } from 'drizzle-orm'
import type { Database, Queries } from '../../../database/connection.ts'
import { explainDatabaseError } from '../../../database/errors.ts'
import type { DatabaseLog } from '../../../database/log.ts'
import { BLOCK, countSigned, storeSignature } from './blocks.ts'
import { Signature } from './signature.ts'

/** Content of a block that is read for its signature; one with more is always looked at itself. */
const MOST_BYTES = 16 * 1024 * 1024

/** Runs whose next block is remembered; beyond it, it is asked for again. */
const MOST_KNOWN = 1_000

/**
 * Makes the signatures that searches use, beside the way that entries take: they are derived from what is stored and never
 * changes, so one that a kill prevented is made later, by whoever finds it missing, and until then a search looks at the
 * entries themselves.
 */
export class LogIndex {
  readonly #database: Pick<Database, 'orm'>
  readonly #log: DatabaseLog
  /** The last seq of the next block of a run that has no signature. */
  readonly #next = new Map<string, number>()
  readonly #wanted = new Map<string, number>()
  #working: Promise<void> | null = null
  #closed = false

  constructor({ database, log }: { database: Pick<Database, 'orm'>; log: DatabaseLog }) {
    this.#database = database
    this.#log = log
  }

  /** The log of the run goes on to `seq` at least. Cheap as long as no block is complete. */
  grown(runId: string, seq: number): void {
    if (this.#closed || seq < (this.#next.get(runId) ?? BLOCK)) return
    this.#wanted.set(runId, Math.max(seq, this.#wanted.get(runId) ?? 0))
    this.#working ??= this.#work().finally(() => {
      this.#working = null
    })
  }

  /** Resolves when everything that was asked for is made. */
  async settled(): Promise<void> {
    await this.#working
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#working
  }

  async #work(): Promise<void> {
    for (const [runId] of this.#wanted) {
      try {
        await this.#signRun(runId)
      } catch (error) {
        this.#next.delete(runId)
        if (!this.#closed && explainDatabaseError(error) === null) {
          this.#log.warn(
            { err: error, runId },
            'A log could not be prepared for searches; it is tried again.',
          )
        }
      }
      this.#wanted.delete(runId)
      if (this.#closed) return
    }
  }

  async #signRun(runId: string): Promise<void> {
    const queries = this.#database.orm
    let block = await countSigned(queries, runId)
    while (!this.#closed && (block + 1) * BLOCK <= (this.#wanted.get(runId) ?? 0)) {
      await storeSignature(queries, runId, block, await signatureOf(queries, runId, block))
      block += 1
    }
    if (this.#next.size >= MOST_KNOWN) this.#next.clear()
    this.#next.set(runId, (block + 1) * BLOCK)
  }
}

async function signatureOf(queries: Queries, runId: string, block: number): Promise<Signature> {
  const inBlock = sql`run_id = ${runId} and seq > ${block * BLOCK} and seq <= ${(block + 1) * BLOCK}`
  const { rows } = await queries.execute<{ content: string | null }>(sql`
    select case when sum(octet_length(content)) over () <= ${MOST_BYTES} then content end as content
    from log_entries where ${inBlock}`)
  const signature = Signature.empty()
  for (const { content } of rows) {
    if (content === null) return Signature.full()
    signature.add(content)
  }
  return signature
}
