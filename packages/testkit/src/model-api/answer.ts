import type { ModelUsage } from './script.ts'

/** What the stand-in does with a request, whatever the protocol. */
export type Act =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly manner: Manner }
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly manner: Manner }
  | { readonly kind: 'hang' }

export interface Answer {
  readonly model: string
  readonly parts: readonly AnswerPart[]
  readonly stop: 'end' | 'tool' | 'max_tokens' | 'refusal'
  readonly usage: ModelUsage
}

export type AnswerPart =
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly input: Readonly<Record<string, unknown>> }

/** An error as HTTP answer. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since the epoch at which requests are taken again; null when that is not known. */
  readonly until: number | null
  /** The quota of a subscription that is used up; null for any other limit. */
  readonly quota: string | null
}

export interface Manner {
  readonly delayMs: number
  readonly paceMs: number
  readonly breaks: 'cut' | 'hang' | 'error' | null
}

export const AT_ONCE: Manner = { delayMs: 0, paceMs: 0, breaks: null }
