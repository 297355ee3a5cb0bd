import { createHash } from 'node:crypto'
import { type Act, type Answer, type AnswerPart, AT_ONCE } from './answer.ts'
import { type Conversation, type Place, placeOf } from './conversation.ts'
import type { ModelScript, ModelStep } from './script.ts'
import { scriptIn, withoutScript } from './script-in-prompt.ts'
import { shellCall, writeCall } from './tool-call.ts'
import { USUAL_USAGE } from './usage.ts'

/** One request, placed in its conversation. */
export interface Scene {
  /** The script's id, or a hash of the first prompt. */
  readonly conversation: string
  readonly turn: number
  /** Answers since the turn began. */
  readonly answers: number
  /** What was asked last, without the script in it. */
  readonly prompt: string
  /** An agent asks on its own behalf (for a title, say): it offers no tools. */
  readonly aside: boolean
  readonly act: Act
}

/** What a step that is no answer has done so far. Nothing in a conversation tells, so it is remembered. */
interface Refused {
  times: number
  firstAt: number
}

const NOTHING_LEFT: ModelStep = { say: 'There is nothing more in the script.' }

/**
 * Follows scripts. The place in a script is read from the conversation alone, so conversations can be resumed, forked and
 * mixed at will; only how often a step has refused is remembered.
 */
export class Player {
  readonly #usual: ModelScript
  readonly #refused = new Map<string, Refused>()

  /** @param usual followed by conversations whose prompts carry no script. */
  constructor(usual: ModelScript) {
    this.#usual = usual
  }

  /** Throws ScriptError when the script in a prompt can't be read. */
  play(conversation: Conversation, now: number): Scene {
    const place = placeOf(conversation.past)
    const script = scriptIn(place.prompts) ?? this.#usual
    const id = script.id ?? nameFor(place)
    const prompt = withoutScript(place.prompt)
    const aside = conversation.tools.length === 0
    const scene = { conversation: id, turn: place.turn, answers: place.answers, prompt, aside }
    if (aside) return { ...scene, act: answering({ say: 'ok' }, script, conversation) }
    const index = (script.turns ?? []).findIndex((turn) => {
      const { turn: number, prompt: words } = turn.when ?? {}
      if (number !== undefined && number !== place.turn) return false
      return words === undefined || new RegExp(words, 'i').test(prompt)
    })
    const steps = script.turns?.[index]?.steps ?? script.steps ?? []
    return { ...scene, act: this.#act(steps, `${id} ${index}`, place, script, conversation, now) }
  }

  #act(
    steps: readonly ModelStep[],
    key: string,
    place: Place,
    script: ModelScript,
    conversation: Conversation,
    now: number,
  ): Act {
    let before = place.answers
    for (const [index, step] of steps.entries()) {
      if (isAnswer(step)) {
        const times = step.times ?? 1
        if (before < times) return answering(step, script, conversation)
        before -= times
      } else if (before === 0) {
        const act = this.#refuse(step, `${key} ${index}`, script, conversation, now)
        if (act) return act
      }
    }
    return answering(NOTHING_LEFT, script, conversation)
  }

  /** Null when the step is over: it has refused often or long enough. */
  #refuse(
    step: ModelStep,
    key: string,
    script: ModelScript,
    conversation: Conversation,
    now: number,
  ): Act | null {
    const known = this.#refused.get(key) ?? { times: 0, firstAt: now }
    const until = step.forMs === undefined ? null : known.firstAt + step.forMs
    if (known.times >= (step.times ?? Number.POSITIVE_INFINITY) || (until !== null && now >= until))
      return null
    known.times += 1
    this.#refused.set(key, known)
    if (step.hang) return { kind: 'hang' }
    if (step.refuse === undefined) return answering(step, script, conversation)
    return {
      kind: 'refuse',
      refusal: {
        status: step.refuse,
        message: step.message ?? '',
        headers: step.headers ?? {},
        until,
        quota: step.quota ?? null,
      },
      manner: { ...AT_ONCE, delayMs: step.delayMs ?? 0 },
    }
  }
}

function isAnswer(step: ModelStep): boolean {
  return step.refuse === undefined && step.hang === undefined && step.breaks === undefined
}

function answering(step: ModelStep, script: ModelScript, conversation: Conversation): Act {
  const parts = partsOf(step, conversation)
  const natural = parts.some(({ kind }) => kind === 'call') ? 'tool' : 'end'
  const answer: Answer = {
    model: conversation.model,
    parts,
    stop: step.stop ?? natural,
    usage: { ...USUAL_USAGE, ...script.usage, ...step.usage },
  }
  const { delayMs = 0, paceMs = 0, breaks = null } = step
  return { kind: 'answer', answer, manner: { delayMs, paceMs, breaks } }
}

function partsOf(step: ModelStep, conversation: Conversation): AnswerPart[] {
  const parts: AnswerPart[] = []
  if (step.think !== undefined) parts.push({ kind: 'thinking', text: step.think })
  if (step.say !== undefined) parts.push({ kind: 'text', text: step.say })
  const calls = [
    ...[step.run ?? []].flat().map((command) => shellCall(conversation, command)),
    ...(step.write ? [writeCall(conversation, step.write.path, step.write.content)] : []),
    ...(step.call ? [step.call] : []),
  ]
  for (const call of calls) {
    if (call) parts.push({ kind: 'call', ...call })
    else parts.push({ kind: 'text', text: 'The agent offers no tool for what the script says.' })
  }
  return parts
}

function nameFor({ prompts }: Place): string {
  return createHash('sha256')
    .update(prompts[0] ?? '')
    .digest('hex')
    .slice(0, 12)
}
