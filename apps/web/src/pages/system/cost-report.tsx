import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { CostBars } from '../../ui/cost-bars.tsx'
import { counted } from '../../ui/counted.ts'
import { Loading } from '../../ui/loading.tsx'
import { Money } from '../../ui/money.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Card } from '../../ui/page.tsx'
import { plainLine } from '../../ui/plain-text.ts'

const DAYS = 30

export function CostReport() {
  const { data, error } = useQuery(queries.costs(DAYS))
  const { nameOf } = useRepos()
  return (
    <div id="costs" className="scroll-mt-16">
      <Card title={`Cost of the last ${DAYS} days`}>
        {data ? (
          <div className="space-y-5 p-4">
            <p>
              <strong className="text-lg">
                <Money amount={data.summary.totalCost} />
              </strong>{' '}
              <span className="text-ink-2">
                for {counted(data.summary.taskCount, 'task')}
                {data.summary.taskCount > 0 ? (
                  <>
                    , <Money amount={data.summary.averageCost} /> each
                  </>
                ) : null}
                {trend(data.summary.costTrend)}
              </span>
            </p>
            <CostBars days={data.dailyCosts} />
            <div className="grid gap-6 sm:grid-cols-2">
              <Ranking title="By repository" none="Nothing was spent.">
                {data.costByRepo.map(({ repoUrl, cost }) => (
                  <Rank key={repoUrl} cost={cost}>
                    <Link to="/tasks" search={{ repoUrl }} className="hover:underline">
                      {nameOf(repoUrl)}
                    </Link>
                  </Rank>
                ))}
              </Ranking>
              <Ranking title="Most expensive tasks" none="Nothing was spent.">
                {data.topTasks.map(({ id, title, costUsd }) => (
                  <Rank key={id} cost={costUsd}>
                    <Link
                      to="/tasks/$taskId"
                      params={{ taskId: id }}
                      className="line-clamp-1 break-all hover:underline"
                    >
                      {plainLine(title)}
                    </Link>
                  </Rank>
                ))}
              </Ranking>
            </div>
            <p className="text-xs text-ink-3">
              As the agents reported it, by day in UTC. Where an agent reports nothing, Optio counts an
              estimate.
            </p>
          </div>
        ) : (
          <div className="p-4">
            {error ? (
              <ErrorNotice error={error} title="The costs could not be read" />
            ) : (
              <Loading what="the costs" />
            )}
          </div>
        )}
      </Card>
    </div>
  )
}

/** Against the same number of days before. */
function trend(percent: number | null): string {
  if (percent === null || percent === 0) return ''
  return `; ${Math.abs(percent)} % ${percent > 0 ? 'more' : 'less'} than the ${DAYS} days before`
}

function Ranking({ title, none, children }: { title: string; none: string; children: ReactNode[] }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-1 text-xs font-semibold text-ink-3">{title}</h3>
      {children.length === 0 ? (
        <p className="text-ink-3">{none}</p>
      ) : (
        <ol className="divide-y divide-line">{children}</ol>
      )}
    </section>
  )
}

function Rank({ cost, children }: { cost: string; children: ReactNode }) {
  return (
    <li className="flex items-baseline justify-between gap-4 py-1.5">
      <span className="min-w-0 flex-1">{children}</span>
      <Money amount={cost} />
    </li>
  )
}
