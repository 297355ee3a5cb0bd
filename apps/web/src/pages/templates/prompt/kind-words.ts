import type { EffectiveTemplate, PromptTemplateKind } from '@optio/contract'

interface KindWords {
  readonly name: string
  /** Who is given it, and when. */
  readonly what: string
}

export const KIND_WORDS: Readonly<Record<PromptTemplateKind, KindWords>> = {
  prompt: { name: 'Coding', what: 'What an agent is told when it begins with a task.' },
  ci_fix: { name: 'Checks failed', what: 'What it is told when checks of its pull request fail.' },
  review_fix: { name: 'Changes requested', what: 'What it is told when a reviewer wants changes.' },
  conflict_fix: { name: 'Conflict', what: 'What it is told when its branch conflicts with the base.' },
  review: { name: 'Review', what: 'What an agent is told that reviews a pull request.' },
  job: { name: 'Standalone', what: 'What an agent is told in a run without a repository.' },
  task: { name: 'Task text', what: 'A text for tasks; no agent is given it by itself.' },
}

/** Why a template is the one that holds. */
export const SOURCE_WORDS: Readonly<Record<EffectiveTemplate['source'], string>> = {
  repository_setting: 'It is written in the settings of the repository, which hold before any template.',
  repository: 'It is the default of this repository.',
  workspace: 'It is the default for every repository that has none of its own.',
  built_in: 'There is no default here: it is the one Optio comes with.',
}
