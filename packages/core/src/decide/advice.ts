import type { RunKind } from '../run-state.ts'
import type { AttentionCode } from '../snapshot.ts'

/** The sentence with which nearly every run that waits for a person ends. */
export const PERSON_CAN = 'Resume it with further instructions, or cancel it.'
const PUSH = 'Push a commit that mends it to the pull request’s branch.'
const BY_HAND = 'A person merges or closes the pull request.'

/** What a person can do about a run that waits for one, by the reason why it does; said as long as it waits. */
const ADVICE: Readonly<Record<AttentionCode, readonly string[]>> = {
  no_changes: ['Say more precisely what is wanted and resume it.', PERSON_CAN],
  uncommitted_changes: [
    'Look at its environment and commit or discard them, then resume the task.',
    PERSON_CAN,
  ],
  budget_reached: ['Raise its budget and resume it.', 'Cancel it.'],
  deadline_reached: ['Raise the repository’s maxAttemptMs and resume it.', PERSON_CAN],
  output_limit_reached: [PERSON_CAN],
  machine_faults: ['Find out what ends the agent (memory, reboots), then resume the task.', PERSON_CAN],
  checks_failing: [
    PUSH,
    'Where the checks could not run: mend what stops them and run them again.',
    BY_HAND,
    PERSON_CAN,
  ],
  changes_requested: [
    PUSH,
    'Resolve the threads, or have the request lifted, where nothing is to be done.',
    'Where an agent requested them: start another review of what was pushed.',
    PERSON_CAN,
  ],
  conflict: [PUSH, PERSON_CAN],
  no_progress: ['Say what is missing and resume it.', 'Change the pull request by hand.', PERSON_CAN],
  secret_in_changes: [
    'Replace the credential, if anybody else can read the task’s clone.',
    'Take it out of every commit of the branch in the task’s clone (`optio task open` says where that is), not only out of the last one; then resume the task.',
    'Have the task done again from scratch.',
    PERSON_CAN,
  ],
  branch_moved: ['Resume the task so that the agent takes over what is on the branch.', PERSON_CAN],
  publish_refused: [
    'Mend the cause (a rule for branches, a permission of the credential), then resume the task.',
    PERSON_CAN,
  ],
  effect_failed: ['Mend the cause, then resume the task.', PERSON_CAN],
  dependency_failed: [
    'Retry the task it depends on, or remove the dependency: then it goes on by itself.',
    'Cancel it.',
  ],
  environment_failed: [
    'Mend the cause (setupCommands, disk space, access to the repository), then resume the task.',
    PERSON_CAN,
  ],
  agent_login: ['Log the agent in (optio doctor says how), then resume the task.', PERSON_CAN],
  agent_not_available: ['Install the agent (optio doctor says how), then resume the task.', PERSON_CAN],
  agent_request: [
    'Mend the cause (the model, the length of what it is given, the account), then resume the task.',
    PERSON_CAN,
  ],
  max_turns_reached: [
    'Resume it: it goes on in the same session, with as many turns again.',
    'Raise the repository’s maxTurnsCoding.',
    PERSON_CAN,
  ],
  provider_failing: [
    'Find out whether the provider can be reached from here, then resume the task.',
    PERSON_CAN,
  ],
  tools_denied: [
    'Look at its work, and change the permissions in the repository’s .claude/settings.json.',
    PERSON_CAN,
  ],
  subtask_failed: [
    'Retry those subtasks, or delete them: then it goes on by itself.',
    'Merge the pull request by force, or close it.',
  ],
  review_failed: [
    'Start another review of the pull request, or approve it: then it goes on by itself.',
    BY_HAND,
    PERSON_CAN,
  ],
  review_rounds: [
    'Start another review of the pull request, or approve it: then it goes on by itself.',
    'Raise the repository’s maxReviewRounds.',
    BY_HAND,
    PERSON_CAN,
  ],
}

/** Where there is no repository of its own to change, or another setting of it counts. */
const ADVICE_OF_KIND: Readonly<Record<RunKind, Partial<Record<AttentionCode, readonly string[]>>>> = {
  repo: {},
  standalone: {
    deadline_reached: [
      'Resume it: it goes on with as much time again.',
      'Raise maxAttemptMs in the definition’s environmentSpec for the runs to come.',
      PERSON_CAN,
    ],
    environment_failed: ['Mend the cause (setupCommands, disk space), then resume the run.', PERSON_CAN],
    max_turns_reached: [
      'Resume it: it goes on in the same session, with as many turns again.',
      'Raise the definition’s maxTurns for the runs to come.',
      PERSON_CAN,
    ],
    tools_denied: ['Look at its work, and change what the agent is permitted.', PERSON_CAN],
  },
  review: {
    max_turns_reached: [
      'Resume it: it goes on in the same session, with as many turns again.',
      'Raise the repository’s maxTurnsReview.',
      PERSON_CAN,
    ],
  },
}

export function adviceFor(code: AttentionCode, kind: RunKind): readonly string[] {
  return ADVICE_OF_KIND[kind][code] ?? ADVICE[code]
}
