import { sql } from 'drizzle-orm'
import type { Queries } from '../../../database/connection.ts'
import { plannedOnce } from '../../../database/planned-once.ts'
import type { Place, Signature } from './signature.ts'

/** Entries of a block: those with seqs from `block * 1024 + 1` to `(block + 1) * 1024`. Only whole blocks have a signature. */
export const BLOCK = 1024

/** The block an entry is in. */
export function blockOf(seq: number): number {
  return Math.floor((seq - 1) / BLOCK)
}

/**
 * How many blocks of a run need no signature any more; they are made in order, so it is the first ones: those that have one, and
 * those that were removed by age.
 */
export async function countSigned(queries: Queries, runId: string): Promise<number> {
  const { rows } = await queries.execute<{ signed: number }>(sql`
    select greatest(
      (select coalesce(max(block) + 1, 0) from log_signatures where run_id = ${runId} and shard = 0),
      (select (first_seq - 1) / ${BLOCK} from log_heads where run_id = ${runId})
    )::int as signed ${plannedOnce}`)
  return rows[0]?.signed ?? 0
}

/** Stores the signature of a block; nothing happens when it has one, or when the run is gone. */
export async function storeSignature(
  queries: Queries,
  runId: string,
  block: number,
  signature: Signature,
): Promise<void> {
  const shards = signature.shards()
  await queries.execute(sql`
    insert into log_signatures (run_id, workspace_id, shard, block, bits)
    select h.run_id, h.workspace_id, s.n - 1, ${block}::int, s.bits
    from log_heads h, unnest(${sql.param(shards)}::bytea[]) with ordinality s(bits, n)
    where h.run_id = ${runId}
    on conflict do nothing`)
}

/**
 * Blocks from `from` up to `to`, both included, in which all of the pieces may occur, at most `limit`: the first, or with
 * `backwards` the last of them. One shard is read for all blocks, the others for those that are left.
 */
export async function findBlocks(
  queries: Queries,
  runId: string,
  places: readonly Place[],
  range: { from: number; to: number; backwards: boolean; limit: number },
): Promise<number[]> {
  const [first, next, ...further] = places
  if (first === undefined) throw new RangeError('no piece is asked for')
  // As a rule they are the two bits of one piece, in one shard.
  const isBeside = next?.shard === first.shard
  const second = isBeside ? next : first
  const others = isBeside || next === undefined ? further : [next, ...further]
  const shards = others.map(({ shard }) => shard)
  const bits = others.map(({ bit }) => bit)
  // The others one after another, until one is missing, for the blocks that are left: a join Postgres would like to hash.
  const { rows } = await queries.execute<{ block: number }>(sql`
    select block from log_signatures b
    where run_id = ${runId} and shard = ${first.shard}::int and block >= ${range.from} and block <= ${range.to}
      and get_bit(bits, ${first.bit}::bigint) = 1 and get_bit(bits, ${second.bit}::bigint) = 1
      and not exists (
        select from unnest(${sql.param(shards)}::int[], ${sql.param(bits)}::bigint[]) place(shard, bit)
        where (
          select get_bit(o.bits, place.bit) from log_signatures o
          where o.run_id = ${runId} and o.shard = place.shard and o.block = b.block
        ) is distinct from 1
      )
    order by block ${range.backwards ? sql`desc` : sql`asc`} limit ${range.limit} ${plannedOnce}`)
  return rows.map(({ block }) => block)
}
