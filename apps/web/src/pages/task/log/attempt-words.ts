import type { Attempt } from '@optio/contract'
import { plainLine } from '../../../ui/plain-text.ts'

const REASONS: Readonly<Record<Attempt['reason'], string>> = {
  first: 'first try',
  ci_failed: 'checks failed',
  review: 'changes requested',
  conflict: 'conflict with the base branch',
  retry: 'retry',
  resume: 'resumed',
  restart: 'restarted',
}

/** An attempt in a line: its number, why it was made, by which agent, what became of it. */
function attemptWords({ number, reason, agentType, model, state }: Attempt): string {
  const agent = model ? `${agentType} with ${model}` : agentType
  return [`Attempt ${number}`, REASONS[reason], plainLine(agent), state].join(' · ')
}

/** The same for each attempt by its number. 0 is what Optio says before the first. */
export function wordsByAttempt(attempts: readonly Attempt[]): ReadonlyMap<number, string> {
  return new Map([
    [0, 'Before the first attempt'],
    ...attempts.map((one) => [one.number, attemptWords(one)] as const),
  ])
}

/** When each attempt began, in milliseconds since the epoch. */
export function startsByAttempt(attempts: readonly Attempt[]): ReadonlyMap<number, number> {
  return new Map(
    attempts.flatMap(({ number, startedAt }) =>
      startedAt ? [[number, Date.parse(startedAt)] as const] : [],
    ),
  )
}
