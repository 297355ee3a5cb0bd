import type { Costs } from '@optio/contract'
import { usd } from './money.tsx'

/** In units of the drawing, whose width is always the same. */
const WIDTH = 288
const HEIGHT = 64
/** With more days than this, their names do not fit below. */
const NAMED_DAYS = 10

const DAY = new Intl.DateTimeFormat('en', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})
const SHORT = new Intl.DateTimeFormat('en', { weekday: 'narrow', timeZone: 'UTC' })

/** A bar for each day, drawn to the most expensive one; the same as a table for those who do not see it. */
export function CostBars({ days }: { days: Costs['dailyCosts'] }) {
  const most = Math.max(...days.map(({ cost }) => Number(cost)), 0)
  const step = WIDTH / days.length
  const bar = step * 0.72
  const isNamed = days.length <= NAMED_DAYS
  return (
    <figure className="relative">
      <svg
        viewBox={`0 0 ${WIDTH} ${isNamed ? HEIGHT + 14 : HEIGHT}`}
        className={isNamed ? 'w-full' : 'h-24 w-full'}
        preserveAspectRatio={isNamed ? 'xMidYMid meet' : 'none'}
        aria-hidden="true"
      >
        {days.map(({ date, cost, taskCount }, index) => {
          const height = most === 0 ? 0 : (Number(cost) / most) * HEIGHT
          const shown = Number(cost) > 0 ? Math.max(2, height) : 1
          const isToday = index === days.length - 1
          return (
            <g key={date} transform={`translate(${index * step} 0)`}>
              <title>{`${DAY.format(new Date(date))}: ${usd(cost)}, ${taskCount} tasks`}</title>
              <rect width={bar} height={HEIGHT} fill="transparent" />
              <rect
                y={HEIGHT - shown}
                width={bar}
                height={shown}
                rx={2}
                className={isToday ? 'fill-accent' : Number(cost) > 0 ? 'fill-ink-3/60' : 'fill-line'}
              />
              {isNamed ? (
                <text x={bar / 2} y={HEIGHT + 12} textAnchor="middle" className="fill-ink-3 text-[9px]">
                  {SHORT.format(new Date(date))}
                </text>
              ) : null}
            </g>
          )
        })}
      </svg>
      <div className="sr-only">
        <table>
          <caption>Cost by day (UTC)</caption>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Cost</th>
              <th scope="col">Tasks</th>
            </tr>
          </thead>
          <tbody>
            {days.map(({ date, cost, taskCount }) => (
              <tr key={date}>
                <th scope="row">{DAY.format(new Date(date))}</th>
                <td>{usd(cost)}</td>
                <td>{taskCount}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}
