import type { AttemptContext } from '../decision.ts'
import type { PromptTemplateKind } from '../definitions.ts'
import type { AttemptReason, RunKind } from '../run-state.ts'
import type { DependencyWords } from './sections.ts'

/** All that the prompt of an attempt is made from. */
export interface PromptRequest {
  readonly run: {
    /** Left out: `repo`. */
    readonly kind?: RunKind
    readonly id?: string
    readonly title: string
    readonly prompt: string
    /** Empty for a run without a repository. */
    readonly branch: string
    readonly baseRef: string
    readonly prNumber?: number | null
    /** Number or key of the ticket it was made from. */
    readonly ticket?: string | null
  }
  readonly attempt: {
    readonly reason: AttemptReason
    readonly purpose: 'commit' | null
    readonly context: AttemptContext
    /** True when the agent goes on in a session that has the whole task already: then a long task is only cited. */
    readonly resumesSession?: boolean
  }
  /** Null or left out for a run without one. */
  readonly repository?: {
    readonly name: string
    readonly url: string
    readonly autoMerge: boolean
    readonly testCommand: string | null
  } | null
  /** What a review reads; its words come from others, so they are data to the reviewer. Left out for every other kind of run. */
  readonly review?: {
    readonly headSha: string
    readonly baseSha: string
    readonly taskTitle: string
    readonly taskPrompt: string
    readonly resultSummary: string | null
  } | null
  readonly dependencies?: readonly DependencyWords[]
  /** Words that people have written for this kind of prompt; null or left out for the built-in ones. */
  readonly template?: string | null
}

const FIXES: Partial<Record<AttemptReason, PromptTemplateKind>> = {
  ci_failed: 'ci_fix',
  review: 'review_fix',
  conflict: 'conflict_fix',
}

/** Which kind of template an attempt is told by. */
export function templateKindOf(
  run: { readonly kind?: RunKind },
  attempt: { readonly reason: AttemptReason; readonly purpose: 'commit' | null },
): PromptTemplateKind {
  if (run.kind === 'review') return 'review'
  if (run.kind === 'standalone') return 'job'
  return attempt.purpose === 'commit' ? 'prompt' : (FIXES[attempt.reason] ?? 'prompt')
}
