/** What a stand-in of a model says and does, as data: see the README of this package. */
export interface ModelScript {
  /** Names the conversations that follow it in the record of requests; without one they get a hash of their first prompt. */
  readonly id?: string
  /** What every answer of it is billed with, where its step says nothing else. */
  readonly usage?: Partial<ModelUsage>
  /** The first that fits the prompt is followed. */
  readonly turns?: readonly ScriptedTurn[]
  /** What is followed by prompts that no item of `turns` is about. */
  readonly steps?: readonly ModelStep[]
}

export interface ScriptedTurn {
  readonly when?: {
    /** 1 for the first prompt of the conversation. */
    readonly turn?: number
    /** Regular expression, without regard to case, that the prompt must match; the script in the prompt is not looked at. */
    readonly prompt?: string
  }
  readonly steps: readonly ModelStep[]
}

/** One answer to one request, or the lack of one. What is said comes in the order think, say, run, write, call. */
export interface ModelStep {
  readonly think?: string
  readonly say?: string
  /** Shell commands, each as a call of the shell tool that the agent offers. */
  readonly run?: string | readonly string[]
  /** A file, by the agent's tool for that, else by its shell. A relative path is below its working directory. */
  readonly write?: { readonly path: string; readonly content: string }
  /** A tool of this name with this input, as it is. */
  readonly call?: { readonly name: string; readonly input: Readonly<Record<string, unknown>> }
  /** Why the answer ends, instead of its natural reason. */
  readonly stop?: 'max_tokens' | 'refusal'
  readonly usage?: Partial<ModelUsage>
  /** Milliseconds before anything is answered. */
  readonly delayMs?: number
  /** Milliseconds between the pieces of a stream. */
  readonly paceMs?: number
  /** In the middle of the answer the connection ends, falls silent, or tells of an error. */
  readonly breaks?: 'cut' | 'hang' | 'error'
  /** Takes the request and never answers. */
  readonly hang?: true
  /** Status of an error that is answered instead. */
  readonly refuse?: number
  /** Words of that error. */
  readonly message?: string
  /** Headers of that error, besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long it refuses, from its first refusal on; it says so in the headers about rate limits. */
  readonly forMs?: number
  /** The quota of a subscription that is used up, as the provider names it: `five_hour`, `seven_day`. */
  readonly quota?: string
  /** How often in a row: 1 for answers, without end for what is no answer. */
  readonly times?: number
}

/** Tokens as an answer bills them. */
export interface ModelUsage {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** The script can't be read; the message says what is wrong with it. */
export class ScriptError extends Error {}

const STEP_KEYS: Readonly<Record<keyof ModelStep, (value: unknown) => boolean>> = {
  think: isText,
  say: isText,
  run: (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  write: (value) => isObject(value) && isText(value.path) && isText(value.content),
  call: (value) => isObject(value) && isText(value.name) && isObject(value.input),
  stop: (value) => value === 'max_tokens' || value === 'refusal',
  usage: isUsage,
  delayMs: isCount,
  paceMs: isCount,
  breaks: (value) => value === 'cut' || value === 'hang' || value === 'error',
  hang: (value) => value === true,
  refuse: (value) => isCount(value) && Number(value) >= 400 && Number(value) <= 599,
  message: isText,
  headers: (value) => isObject(value) && Object.values(value).every(isText),
  forMs: isCount,
  quota: isText,
  times: isCount,
}

/** Checks that a value is a script. @param from where it comes from, for the error. */
export function readScript(value: unknown, from: string): ModelScript {
  const script = Array.isArray(value) ? { steps: value } : value
  if (!isObject(script)) throw new ScriptError(`The script ${from} is no object and no list of steps.`)
  onlyKnown(script, ['id', 'usage', 'turns', 'steps'], `The script ${from}`)
  if (script.id !== undefined && !isText(script.id)) throw new ScriptError(`The script ${from} has a bad id.`)
  if (script.usage !== undefined && !isUsage(script.usage))
    throw new ScriptError(`The script ${from} has a bad usage.`)
  const turns = script.turns ?? []
  if (!Array.isArray(turns)) throw new ScriptError(`The script ${from} has turns that are no list.`)
  checkSteps(script.steps ?? [], from)
  for (const turn of turns) checkTurn(turn, from)
  return script as ModelScript
}

function checkTurn(turn: unknown, from: string): void {
  if (!isObject(turn)) throw new ScriptError(`The script ${from} has a turn that is no object.`)
  onlyKnown(turn, ['when', 'steps'], `A turn of the script ${from}`)
  const when = turn.when ?? {}
  if (!isObject(when)) throw new ScriptError(`The script ${from} has a turn with a bad when.`)
  onlyKnown(when, ['turn', 'prompt'], `The when of a turn of the script ${from}`)
  if (when.turn !== undefined && !isCount(when.turn))
    throw new ScriptError(`The script ${from} has a bad turn number.`)
  if (when.prompt !== undefined) {
    try {
      if (!isText(when.prompt)) throw new TypeError('it is no text')
      new RegExp(when.prompt)
    } catch (error) {
      throw new ScriptError(`The script ${from} has a bad expression: ${String(error)}`)
    }
  }
  checkSteps(turn.steps, from)
}

function checkSteps(steps: unknown, from: string): void {
  if (!Array.isArray(steps)) throw new ScriptError(`The script ${from} has steps that are no list.`)
  for (const step of steps as unknown[]) {
    const shown = JSON.stringify(step)
    if (!isObject(step)) throw new ScriptError(`The script ${from} has a step that is no object: ${shown}`)
    onlyKnown(step, Object.keys(STEP_KEYS), `A step of the script ${from}`)
    for (const [key, isGood] of Object.entries(STEP_KEYS)) {
      if (step[key] !== undefined && !isGood(step[key])) {
        throw new ScriptError(`The script ${from} has a step with a bad ${key}: ${shown}`)
      }
    }
  }
}

function onlyKnown(value: Record<string, unknown>, known: readonly string[], what: string): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    throw new ScriptError(`${what} has “${unknown}”, which means nothing. There are: ${known.join(', ')}.`)
  }
}

function isUsage(value: unknown): boolean {
  const kinds = ['input', 'output', 'cacheRead', 'cacheWrite']
  return isObject(value) && Object.entries(value).every(([kind, n]) => kinds.includes(kind) && isCount(n))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
