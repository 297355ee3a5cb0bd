import type { Costs } from '@optio/contract'
import { formatUsd, type NanoUsd, parseUsd } from '@optio/core'
import type { CostRows } from './queries.ts'

const DAY_MS = 24 * 3_600_000

/** Averages are rounded to this: a hundredth of a cent. */
const AVERAGE_STEP: NanoUsd = 100_000n

export function toCosts(rows: CostRows, days: number): Costs {
  const total = amount(rows.total)
  return {
    summary: {
      totalCost: formatUsd(total),
      taskCount: rows.tasks,
      averageCost: formatUsd(average(total, rows.tasks)),
      costTrend: trend(total, amount(rows.totalBefore)),
    },
    dailyCosts: everyDay(rows.daily, rows.today, days),
    costByRepo: rows.byRepo.map(({ repoUrl, cost }) => ({ repoUrl, cost: formatUsd(amount(cost)) })),
    costByType: byType(rows.byKind),
    topTasks: rows.top.map(({ id, title, cost }) => ({ id, title, costUsd: formatUsd(amount(cost)) })),
  }
}

/** One entry a day up to today, the oldest first; days without an attempt cost nothing. */
function everyDay(known: CostRows['daily'], today: string, days: number): Costs['dailyCosts'] {
  const byDate = new Map(known.map((day) => [day.date, day]))
  return Array.from({ length: days }, (_, index) => {
    const at = Date.parse(`${today}T00:00:00Z`) - (days - 1 - index) * DAY_MS
    const date = new Date(at).toISOString().slice(0, 10)
    const day = byDate.get(date)
    return { date, cost: formatUsd(amount(day?.cost ?? '0')), taskCount: day?.tasks ?? 0 }
  })
}

/** A standalone task codes, too, as far as costs go. */
function byType(kinds: CostRows['byKind']): Costs['costByType'] {
  const sums = new Map<string, NanoUsd>()
  for (const { kind, cost } of kinds) {
    const type = kind === 'review' ? 'review' : 'coding'
    sums.set(type, (sums.get(type) ?? 0n) + amount(cost))
  }
  return [...sums].map(([taskType, cost]) => ({ taskType, cost: formatUsd(cost) }))
}

function average(total: NanoUsd, count: number): NanoUsd {
  if (count === 0) return 0n
  const step = BigInt(count) * AVERAGE_STEP
  return ((total + step / 2n) / step) * AVERAGE_STEP
}

/** Change against before in percent, to a tenth; null when that was nothing. */
function trend(total: NanoUsd, before: NanoUsd): number | null {
  return before === 0n ? null : Math.round(Number(((total - before) * 1_000_000n) / before) / 1_000) / 10
}

function amount(decimal: string): NanoUsd {
  const parsed = parseUsd(decimal)
  if (parsed === null) throw new Error(`${decimal} is no amount`)
  return parsed
}
