/** What a request says, whatever the protocol. */
export interface Conversation {
  readonly model: string
  /** Everything before the answer that is asked for, oldest first. */
  readonly past: readonly Said[]
  readonly tools: readonly OfferedTool[]
  /** The directory that the agent says it works in; null when it says nothing. */
  readonly directory: string | null
}

export type Said =
  | { readonly by: 'user'; readonly text: string }
  | { readonly by: 'model' }
  | { readonly by: 'tool' }

export interface OfferedTool {
  readonly name: string
  /** Schema of its input, by the name of the property. */
  readonly properties: Readonly<Record<string, unknown>>
}

/** Where a conversation stands: what was asked last, and how often the model answered since. */
export interface Place {
  /** Everything people said, oldest first. */
  readonly prompts: readonly string[]
  /** 1 for the first prompt. What was said twice without an answer between is one. */
  readonly turn: number
  /** The last thing that was said by a person. */
  readonly prompt: string
  /** Answers since the turn began. */
  readonly answers: number
}

export function placeOf(past: readonly Said[]): Place {
  const prompts: string[] = []
  let turn = 0
  let answers = 0
  let before: Said['by'] | null = null
  for (const said of past) {
    if (said.by === 'user') {
      prompts.push(said.text)
      if (before !== 'user') {
        turn += 1
        answers = 0
      }
    } else if (said.by === 'model') answers += 1
    before = said.by
  }
  return { prompts, turn, prompt: prompts.at(-1) ?? '', answers }
}
