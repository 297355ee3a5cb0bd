import { formatUsd, parseUsd } from '@optio/core'
import { sql } from 'drizzle-orm'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { Supervised } from './supervised.ts'

/** At most one event in this time for each run that costs something. */
const PAUSE_MS = 5_000

/** Tells readers of events what a run has cost so far: soon after it grew, and not more often than they can use. */
export class CostNews {
  readonly #context: Pick<EngineContext, 'database' | 'log'>
  readonly #run: Supervised['run']
  #timer: NodeJS.Timeout | null = null
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(context: Pick<EngineContext, 'database' | 'log'>, run: Supervised['run']) {
    this.#context = context
    this.#run = run
  }

  grown(): void {
    if (this.#timer) return
    const wait = Math.max(0, this.#toldAt + PAUSE_MS - performance.now())
    this.#timer = setTimeout(() => void this.#tell(), wait)
  }

  /** Tells what is left to be told. */
  async end(): Promise<void> {
    if (this.#timer) await this.#tell()
  }

  /** News that cannot be told are made up for by the next, or by whoever reads the task. */
  async #tell(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    this.#toldAt = performance.now()
    const { id: runId, workspaceId } = this.#run
    try {
      await this.#context.database.transaction(async (tx) => {
        const { rows } = await tx.execute<{ cost: string; input: number; output: number }>(sql`
          select sum(cost_usd)::text as cost, sum(input_tokens)::bigint as input, sum(output_tokens)::bigint as output
          from attempts where run_id = ${runId} having count(*) > 0`)
        const [sums] = rows
        if (!sums) return
        const data = {
          costUsd: formatUsd(parseUsd(sums.cost) ?? 0n),
          inputTokens: sums.input,
          outputTokens: sums.output,
        }
        await appendEvents(tx, [{ workspaceId, runId, type: 'cost:updated', actor: 'optio', data }])
      })
    } catch (error) {
      this.#context.log.debug({ runId, err: error }, 'the cost could not be told')
    }
  }
}
