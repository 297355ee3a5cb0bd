import { isFinished, RUN_STATES, type RunState } from './run-state.ts'

/** What a person may ask for about a run. */
export const COMMANDS = ['cancel', 'retry', 'resume', 'forceRestart', 'forceRedo', 'runNow', 'edit'] as const
export type Command = (typeof COMMANDS)[number]

const UNFINISHED = RUN_STATES.filter((state) => !isFinished(state))

const LEGAL: Readonly<Record<Command, readonly RunState[]>> = {
  cancel: UNFINISHED,
  retry: ['failed', 'cancelled'],
  resume: ['needs_attention', 'failed'],
  forceRestart: ['pr_opened', 'needs_attention', 'failed'],
  forceRedo: RUN_STATES.filter((state) => state !== 'completed'),
  runNow: ['queued'],
  edit: UNFINISHED,
}

/** `held`: it waits for a person to run it, so that it can be run before it is queued. */
export function legalStatesFor(command: Command, held = false): readonly RunState[] {
  return command === 'runNow' && held ? ['pending', ...LEGAL.runNow] : LEGAL[command]
}

export interface CommandFacts {
  readonly state: RunState
  /** What a person asked for before and is not done yet. */
  readonly intent: 'cancel' | 'redo' | null
  readonly prNumber: number | null
  /** It waits for a person to run it. */
  readonly held: boolean
  readonly hasLiveAttempt: boolean
}

export type CommandVerdict =
  | { readonly ok: true }
  /** `message` says what to do instead; `legal` are the states in which the command is possible. */
  | { readonly ok: false; readonly message: string; readonly legal: readonly RunState[] }

/** May a person ask for this now? A command that is under way may be asked for again; it does nothing more. */
export function judgeCommand(command: Command, facts: CommandFacts): CommandVerdict {
  const legal = legalStatesFor(command, facts.held)
  if (!legal.includes(facts.state)) {
    const states = legal.join(', ')
    return refuse(legal, `The task is ${facts.state}; ${NAMES[command]} is possible when it is ${states}.`)
  }
  // A title may always be put right, and a cancel goes before everything else.
  if (command === 'edit' || command === 'cancel') return { ok: true }
  if (facts.intent === 'cancel') {
    return refuse(legal, 'The task is being cancelled; wait until it is cancelled, then retry it.')
  }
  if (command === 'forceRedo') return { ok: true }
  if (facts.intent === 'redo') {
    return refuse(legal, 'The task is being started from scratch already; wait until it is queued.')
  }
  if (facts.hasLiveAttempt) {
    return refuse(legal, 'Its agent is still being stopped; try again in a moment.')
  }
  return { ok: true }
}

const NAMES: Readonly<Record<Command, string>> = {
  cancel: 'cancel',
  retry: 'retry',
  resume: 'resume',
  forceRestart: 'force-restart',
  forceRedo: 'force-redo',
  runNow: 'run-now',
  edit: 'editing it',
}

function refuse(legal: readonly RunState[], message: string): CommandVerdict {
  return { ok: false, message, legal }
}
