import {
  AGENT_TYPES,
  type AgentType,
  PROMPT_TEMPLATE_KINDS,
  type PromptTemplateKind,
  TASK_STATES,
  type TaskState,
  WAITING_ON,
  type WaitingOn,
} from '@optio/contract'

/** What the addresses of pages hold after the question mark. Whatever is not understood is left out, never an error. */

/** The same search with a part of it changed; what is empty is left out. */
export function changeSearch<S extends object>(search: S, part: { readonly [K in keyof S]?: string }): S {
  const entries = Object.entries({ ...search, ...part }).filter(([, value]) => value !== '')
  return Object.fromEntries(entries) as S
}

export interface TaskListSearch {
  readonly state?: readonly TaskState[]
  readonly waitingOn?: WaitingOn
  readonly repoUrl?: string
  readonly agentType?: AgentType
  readonly q?: string
}

export function readTaskListSearch(search: Record<string, unknown>): TaskListSearch {
  const states = [search.state].flat().filter((state): state is TaskState => includes(TASK_STATES, state))
  return {
    ...(states.length > 0 ? { state: states } : {}),
    ...(includes(WAITING_ON, search.waitingOn) ? { waitingOn: search.waitingOn } : {}),
    ...words('repoUrl', search.repoUrl),
    ...(includes(AGENT_TYPES, search.agentType) ? { agentType: search.agentType } : {}),
    ...words('q', search.q),
  }
}

export interface NewTaskSearch {
  /** Id of the repository that is chosen. */
  readonly repo?: string
  /** Id of the task template it starts from. */
  readonly template?: string
}

export function readNewTaskSearch(search: Record<string, unknown>): NewTaskSearch {
  return { ...words('repo', search.repo), ...words('template', search.template) }
}

export const ISSUE_STATES = ['open', 'closed', 'all'] as const

export interface IssueListSearch {
  /** Id of a repository; left out: all. */
  readonly repo?: string
  /** Left out: open. */
  readonly state?: (typeof ISSUE_STATES)[number]
  readonly q?: string
}

export function readIssueListSearch(search: Record<string, unknown>): IssueListSearch {
  const state = includes(ISSUE_STATES, search.state) && search.state !== 'open' ? { state: search.state } : {}
  return { ...words('repo', search.repo), ...state, ...words('q', search.q) }
}

export const AUTOMATION_KINDS = ['repo-blueprint', 'standalone'] as const
export type AutomationKind = (typeof AUTOMATION_KINDS)[number]

export interface AutomationListSearch {
  /** Left out: blueprints. */
  readonly kind?: AutomationKind
  readonly q?: string
}

export function readAutomationListSearch(search: Record<string, unknown>): AutomationListSearch {
  return { ...kindOf(search.kind), ...words('q', search.q) }
}

export interface NewAutomationSearch extends Pick<NewTaskSearch, 'repo'> {
  readonly kind?: AutomationKind
}

export function readNewAutomationSearch(search: Record<string, unknown>): NewAutomationSearch {
  return { ...kindOf(search.kind), ...words('repo', search.repo) }
}

function kindOf(value: unknown): { kind?: AutomationKind } {
  return includes(AUTOMATION_KINDS, value) ? { kind: value } : {}
}

export interface TemplateListSearch {
  /** Left out: all kinds. */
  readonly kind?: PromptTemplateKind
  /** Id of a repository; left out: all. */
  readonly repo?: string
}

export function readTemplateListSearch(search: Record<string, unknown>): TemplateListSearch {
  const kind = includes(PROMPT_TEMPLATE_KINDS, search.kind) ? { kind: search.kind } : {}
  return { ...kind, ...words('repo', search.repo) }
}

export interface SecretsSearch {
  /** Name of a secret to be saved: the form for it is open. */
  readonly add?: string
}

export function readSecretsSearch(search: Record<string, unknown>): SecretsSearch {
  return words('add', search.add)
}

export interface ActivitySearch {
  /** Only what people did. */
  readonly by?: 'people'
}

export function readActivitySearch(search: Record<string, unknown>): ActivitySearch {
  return search.by === 'people' ? { by: 'people' } : {}
}

export const TASK_TABS = ['output', 'log', 'changes', 'related', 'talk', 'history'] as const
export type TaskTab = (typeof TASK_TABS)[number]

export interface TaskSearch {
  /** Left out: the log; or the changes of a pull request that waits for a person, or the output of what is done and changes none. */
  readonly tab?: TaskTab
  /** Of the history: everything that happened, or what people did, instead of attempts and states. */
  readonly show?: 'all' | 'people'
  /** `seq` of the log entry the address points at. */
  readonly line?: number
  /** File of the diff the address points at. */
  readonly file?: string
}

export function readTaskSearch(search: Record<string, unknown>): TaskSearch {
  const line = Number(search.line)
  return {
    ...(includes(TASK_TABS, search.tab) ? { tab: search.tab } : {}),
    ...(search.show === 'all' || search.show === 'people' ? { show: search.show } : {}),
    ...(Number.isSafeInteger(line) && line > 0 ? { line } : {}),
    ...words('file', search.file),
  }
}

function includes<T>(all: readonly T[], value: unknown): value is T {
  return (all as readonly unknown[]).includes(value)
}

function words<K extends string>(name: K, value: unknown): { [P in K]?: string } {
  // The router reads `?q=12` as a number.
  const text = typeof value === 'number' ? String(value) : value
  return (typeof text === 'string' && text !== '' ? { [name]: text } : {}) as { [P in K]?: string }
}
