import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../../api/queries.ts'
import { CostBars } from '../../ui/cost-bars.tsx'
import { Money } from '../../ui/money.tsx'
import { Card } from '../../ui/page.tsx'

const DAYS = 7

/** Today and the last seven days; a day is one of UTC, as the server counts. */
export function CostCard() {
  const { data, error } = useQuery(queries.costs(DAYS))
  const today = data?.dailyCosts.at(-1)
  return (
    <Card
      title="Cost"
      actions={
        <Link to="/system" hash="costs" className="text-accent hover:underline">
          30 days
        </Link>
      }
    >
      {data && today ? (
        <div className="px-4 py-3">
          <dl className="mb-3 flex gap-8">
            <div>
              <dt className="text-xs text-ink-3">Today</dt>
              <dd className="text-lg font-semibold">
                <Money amount={today.cost} />
              </dd>
            </div>
            <div>
              <dt className="text-xs text-ink-3">Last 7 days</dt>
              <dd className="text-lg font-semibold">
                <Money amount={data.summary.totalCost} />
              </dd>
            </div>
          </dl>
          <CostBars days={data.dailyCosts} />
        </div>
      ) : (
        <p className="px-4 py-3 text-ink-3">
          {error ? 'The costs could not be read.' : 'Reading the costs…'}
        </p>
      )}
    </Card>
  )
}
