import type { CallInput, Routes } from '@optio/contract'
import { useCallback, useState } from 'react'
import { secretNames } from '../../tasks/secret-names.ts'

/** What is in the form, as it was typed. */
export interface TaskDraft {
  readonly repoUrl: string
  readonly prompt: string
  readonly title: string
  /** Empty: the repository's own. */
  readonly agentType: string
  readonly model: string
  readonly repoBranch: string
  readonly priority: string
  readonly budgetUsd: string
  readonly maxRetries: string
  readonly agentSecrets: string
}

const EMPTY: TaskDraft = {
  repoUrl: '',
  prompt: '',
  title: '',
  agentType: '',
  model: '',
  repoBranch: '',
  priority: '',
  budgetUsd: '',
  maxRetries: '',
  agentSecrets: '',
}

const KEY = 'optio-task-draft'

/** The draft of this tab: kept while other pages are looked at and over a reload, gone with the tab. */
export function useTaskDraft() {
  const [draft, setDraft] = useState(read)
  const change = useCallback((part: Partial<TaskDraft>) => {
    setDraft((before) => {
      const after = { ...before, ...part }
      store(after)
      return after
    })
  }, [])
  const clear = useCallback(() => store(null), [])
  return { draft, change, clear }
}

function read(): TaskDraft {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')
    if (typeof stored !== 'object' || stored === null) return EMPTY
    const known = Object.entries(stored).filter(([name, value]) => name in EMPTY && typeof value === 'string')
    return { ...EMPTY, ...Object.fromEntries(known) }
  } catch {
    return EMPTY
  }
}

function store(draft: TaskDraft | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, JSON.stringify(draft))
  } catch {
    // Without storage the draft lives as long as the page.
  }
}

type NewTask = NonNullable<CallInput<Routes['tasks']['create']>['body']>

/** What is sent: only what was filled in. The server says what is wrong with it; only what is no number is found here. */
export function bodyOf(draft: TaskDraft): {
  readonly body: NewTask
  readonly problems: Readonly<Record<string, string>>
} {
  const problems: Record<string, string> = {}
  const number = (name: 'priority' | 'maxRetries') => {
    const given = draft[name].trim()
    if (given === '') return {}
    if (!/^\d{1,6}$/.test(given)) problems[name] = 'must be a whole number'
    return { [name]: Number(given) }
  }
  const secrets = secretNames(draft.agentSecrets)
  if (draft.repoUrl === '') problems.repoUrl = 'choose a repository'
  if (draft.prompt.trim() === '') problems.prompt = 'say what is to be done'
  const words = Object.fromEntries(
    (['title', 'agentType', 'model', 'repoBranch', 'budgetUsd'] as const)
      .map((name) => [name, draft[name].trim()])
      .filter(([, value]) => value !== ''),
  ) as Partial<NewTask>
  return {
    body: {
      repoUrl: draft.repoUrl,
      prompt: draft.prompt,
      ...words,
      ...number('priority'),
      ...number('maxRetries'),
      ...(secrets.length === 0 ? {} : { agentSecrets: secrets }),
    },
    problems,
  }
}
