import type { AttentionCode } from '../snapshot.ts'
import { PERSON_CAN } from './build.ts'

/** What a person can do about a run that waits for one, by the reason why it does; said as long as it waits. */
const ADVICE: Readonly<Partial<Record<AttentionCode, readonly string[]>>> = {
  agent_login: ['Log the agent in (optio doctor says how), then resume the task.', PERSON_CAN],
  agent_not_available: ['Install the agent (optio doctor says how), then resume the task.', PERSON_CAN],
  agent_request: [
    'Mend the cause (the model, the length of what it is given, the account), then resume the task.',
    PERSON_CAN,
  ],
  budget_reached: ['Raise its budget and resume it.', 'Cancel it.'],
  max_turns_reached: [
    'Resume it: it goes on in the same session, with as many turns again.',
    'Raise the repository’s maxTurnsCoding.',
    PERSON_CAN,
  ],
  provider_failing: [
    'Find out whether the provider can be reached from here, then resume the task.',
    PERSON_CAN,
  ],
  secret_in_changes: [
    'Replace the credential, if anybody else can read the task’s clone.',
    'Take it out of every commit of the branch in the task’s clone (`optio task open` says where that is), not only out of the last one; then resume the task.',
    'Have the task done again from scratch.',
    PERSON_CAN,
  ],
  tools_denied: [
    'Look at its work, and change the permissions in the repository’s .claude/settings.json.',
    PERSON_CAN,
  ],
}

export function adviceFor(code: AttentionCode): readonly string[] {
  return ADVICE[code] ?? [PERSON_CAN]
}
