import type { Attempt, TaskEvent } from '@optio/contract'

/** Why an attempt was made. */
export const ATTEMPT_REASONS: Readonly<Record<Attempt['reason'], string>> = {
  first: 'the first try',
  ci_failed: 'sent back because checks failed',
  review: 'sent back because a reviewer requested changes',
  conflict: 'sent back because of a conflict with the base branch',
  retry: 'tried again after an error',
  resume: 'resumed',
  restart: 'started again',
}

/** What became of an attempt. */
export const ATTEMPT_STATES: Readonly<Record<Attempt['state'], string>> = {
  starting: 'starts',
  running: 'runs',
  succeeded: 'ended well',
  failed: 'failed',
  stopped: 'was stopped',
  lost: 'was lost with its machine',
}

const FAILURES: Readonly<Record<string, string>> = {
  login: 'The agent is not logged in.',
  unavailable: 'The agent cannot be started here.',
  request: 'The provider of the model refused the request.',
  max_turns: 'It used up its turns.',
  denied: 'Tools it asked for were denied.',
  budget: 'It reached the budget.',
  session: 'Its session could not be continued.',
  rate_limit: 'The provider of the model takes no requests for a while.',
  provider: 'The provider of the model failed.',
  forge: 'The forge gave no answer before there was an agent.',
}

/** What kind of failure an agent reported, as a sentence. */
export function failureWords(kind: string): string {
  return (Object.hasOwn(FAILURES, kind) ? FAILURES[kind] : undefined) ?? spaced(kind)
}

/** Changes whose own words say less than these. */
const TRIGGERS: Readonly<Record<string, string>> = {
  created: 'The task was created.',
  ready: 'Nothing stands before it: it waits for a slot.',
  claimed: 'A slot was free: its environment is prepared.',
  person: 'A person asked for it.',
}

/** Why a task changed its state, as a sentence. */
export function eventWords({ trigger, message, toState, fromState }: TaskEvent): string {
  const known = trigger !== null && Object.hasOwn(TRIGGERS, trigger) ? TRIGGERS[trigger] : undefined
  if (known !== undefined) return known
  if (fromState === 'provisioning' && toState === 'running') return 'The agent started.'
  return message ?? (trigger === null ? '' : spaced(trigger))
}

/** `rate_limit` as `Rate limit.` */
function spaced(word: string): string {
  const words = word.replaceAll('_', ' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
