import {
  AGENT_TYPES,
  type AgentType,
  TASK_STATES,
  type TaskState,
  WAITING_ON,
  type WaitingOn,
} from '@optio/contract'

/** What the addresses of pages hold after the question mark. Whatever is not understood is left out, never an error. */

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
}

export function readNewTaskSearch(search: Record<string, unknown>): NewTaskSearch {
  return words('repo', search.repo)
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

export interface NewAutomationSearch extends NewTaskSearch {
  readonly kind?: AutomationKind
}

export function readNewAutomationSearch(search: Record<string, unknown>): NewAutomationSearch {
  return { ...kindOf(search.kind), ...words('repo', search.repo) }
}

function kindOf(value: unknown): { kind?: AutomationKind } {
  return includes(AUTOMATION_KINDS, value) ? { kind: value } : {}
}

export const TASK_TABS = ['output', 'log', 'changes', 'history'] as const
export type TaskTab = (typeof TASK_TABS)[number]

export interface TaskSearch {
  /** Left out: the log; or the changes of a pull request that waits for a person, or the output of a run that is done. */
  readonly tab?: TaskTab
  /** `seq` of the log entry the address points at. */
  readonly line?: number
  /** File of the diff the address points at. */
  readonly file?: string
}

export function readTaskSearch(search: Record<string, unknown>): TaskSearch {
  const line = Number(search.line)
  return {
    ...(includes(TASK_TABS, search.tab) ? { tab: search.tab } : {}),
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
