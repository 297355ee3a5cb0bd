import { z } from 'zod'
import { money, queryInteger, text } from './common.ts'

export const costsQuery = z.object({
  days: queryInteger(1, 366).prefault(30).describe('Days to aggregate, today included. A day is one of UTC.'),
  repoUrl: text({ min: 1, max: 4096 }).optional().describe('Only what tasks of this repository cost.'),
})
export type CostsQuery = z.output<typeof costsQuery>

export const costs = z
  .object({
    summary: z.object({
      totalCost: money,
      taskCount: z.int(),
      averageCost: money,
      /** Percent against the same number of days before; null when those cost nothing. */
      costTrend: z.number().nullable(),
    }),
    /** One entry a day, the oldest first, without gaps; the last is today. */
    dailyCosts: z.array(z.object({ date: z.string(), cost: money, taskCount: z.int() })),
    costByRepo: z.array(z.object({ repoUrl: z.string(), cost: money })),
    costByType: z.array(z.object({ taskType: z.string(), cost: money })),
    topTasks: z.array(z.object({ id: z.string(), title: z.string(), costUsd: money })),
  })
  .meta({ id: 'Costs' })
export type Costs = z.infer<typeof costs>
