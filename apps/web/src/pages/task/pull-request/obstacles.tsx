import type { PullRequest } from '@optio/contract'
import { Ban, TriangleAlert, UserCheck } from 'lucide-react'
import { cx } from '../../../ui/class-names.ts'
import { plainText } from '../../../ui/plain-text.ts'
import { remedyOf } from './review-words.ts'

const LOOKS = {
  nothing: { icon: Ban, ink: 'text-bad' },
  force: { icon: TriangleAlert, ink: 'text-warn' },
  person: { icon: UserCheck, ink: 'text-ink-2' },
} as const

/** What stands in the way of a merge, each with what would change it. */
export function Obstacles({ obstacles }: { obstacles: PullRequest['mergeObstacles'] }) {
  if (obstacles.length === 0) return null
  return (
    <ul className="mt-2 flex flex-col gap-1.5">
      {obstacles.map((obstacle) => {
        const { icon: Icon, ink } = LOOKS[obstacle.passedBy]
        const remedy = remedyOf(obstacle)
        return (
          <li key={`${obstacle.code} ${obstacle.message}`} className="flex gap-2">
            <Icon className={cx('mt-0.5 size-4 shrink-0', ink)} aria-hidden="true" />
            <span className="min-w-0 break-words">
              {plainText(obstacle.message)}
              {remedy === null ? null : <span className="block text-xs text-ink-3">{remedy}</span>}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
