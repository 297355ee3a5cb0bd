import type { Attempt, Task } from '@optio/contract'
import { Money, usd } from '../../../ui/money.tsx'
import { Card } from '../../../ui/page.tsx'

/** Attempts that are drawn one by one. */
const MOST_BARS = 30

interface CostSummaryProps {
  readonly task: Task
  readonly attempts: readonly Attempt[]
}

/** What the task cost, in all and attempt by attempt, and how much it may cost. */
export function CostSummary({ task, attempts }: CostSummaryProps) {
  const isEstimated = attempts.some(({ costEstimated }) => costEstimated)
  const shown = attempts.slice(-MOST_BARS)
  const most = Math.max(...shown.map(({ costUsd }) => Number(costUsd)), 0)
  return (
    <Card title="Cost">
      <div className="flex flex-col gap-3 p-4">
        <p>
          <span className="text-lg font-semibold">
            <Money amount={task.costUsd} estimated={isEstimated} />
          </span>{' '}
          <span className="text-ink-2">
            {task.budgetUsd === null ? 'and no budget is set' : `of ${usd(task.budgetUsd)} it may cost`}
            {isEstimated ? '; part of it is an estimate' : ''}
          </span>
        </p>
        {task.budgetUsd === null ? null : <Budget spent={task.costUsd} budget={task.budgetUsd} />}
        {shown.length < attempts.length ? (
          <p className="text-xs text-ink-3">The last {MOST_BARS} attempts:</p>
        ) : null}
        <ol className="flex flex-col gap-1 text-xs">
          {shown.map(({ id, number, costUsd, costEstimated }) => (
            <li key={id} className="grid grid-cols-[6rem_1fr_5rem] items-center gap-2">
              <span className="text-ink-2">Attempt {number}</span>
              <span className="h-2.5 rounded bg-sunken" aria-hidden="true">
                <span
                  className="block h-full rounded bg-accent"
                  style={{ width: `${most === 0 ? 0 : (Number(costUsd) / most) * 100}%` }}
                />
              </span>
              <span className="text-right">
                <Money amount={costUsd} estimated={costEstimated} />
              </span>
            </li>
          ))}
        </ol>
      </div>
    </Card>
  )
}

function Budget({ spent, budget }: { spent: string; budget: string }) {
  const part = Math.min(1, Number(spent) / Number(budget))
  return (
    <div>
      <p className="sr-only">{Math.round(part * 100)} % of the budget is spent.</p>
      <div className="h-2.5 rounded bg-sunken" aria-hidden="true">
        <div
          className={part >= 0.9 ? 'h-full rounded bg-warn' : 'h-full rounded bg-good'}
          style={{ width: `${part * 100}%` }}
        />
      </div>
    </div>
  )
}
