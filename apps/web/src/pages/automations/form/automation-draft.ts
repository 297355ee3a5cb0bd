import type { CallInput, Repo, Routes } from '@optio/contract'
import type { Definition } from '../../../api/queries.ts'
import type { AutomationKind } from '../../../app/search.ts'
import { parseJson } from '../params/param-values.ts'

/** A definition as it is typed. */
export interface AutomationDraft {
  readonly name: string
  readonly description: string
  readonly repoUrl: string
  readonly repoBranch: string
  readonly prompt: string
  /** Empty: the name. */
  readonly title: string
  /** Empty: the repository's own. */
  readonly agentType: string
  /** One argument a line. */
  readonly agentCommand: string
  readonly model: string
  readonly priority: string
  readonly maxRetries: string
  readonly maxTurns: string
  readonly maxConcurrent: string
  readonly budgetUsd: string
  readonly enabled: boolean
  /** JSON; empty for none. */
  readonly paramsSchema: string
  readonly setupCommands: string
  /** `NAME=value`, one a line. */
  readonly env: string
  readonly attemptMinutes: string
  readonly stallMinutes: string
}

export type DraftName = keyof AutomationDraft

export const EMPTY: AutomationDraft = {
  name: '',
  description: '',
  repoUrl: '',
  repoBranch: '',
  prompt: '',
  title: '',
  agentType: '',
  agentCommand: '',
  model: '',
  priority: '',
  maxRetries: '',
  maxTurns: '',
  maxConcurrent: '',
  budgetUsd: '',
  enabled: true,
  paramsSchema: '',
  setupCommands: '',
  env: '',
  attemptMinutes: '',
  stallMinutes: '',
}

const MINUTE = 60_000

export function draftOf(definition: Definition): AutomationDraft {
  const common = {
    ...EMPTY,
    name: definition.name,
    description: definition.description ?? '',
    prompt: definition.prompt,
    title: definition.title === definition.name ? '' : definition.title,
    agentType: definition.agentType ?? '',
    model: definition.model ?? '',
    priority: String(definition.priority),
    maxRetries: String(definition.maxRetries),
    maxTurns: numberWords(definition.maxTurns),
    budgetUsd: definition.budgetUsd ?? '',
    enabled: definition.enabled,
    paramsSchema: definition.paramsSchema === null ? '' : JSON.stringify(definition.paramsSchema, null, 2),
  }
  if (definition.type === 'repo-blueprint') {
    return { ...common, repoUrl: definition.repoUrl, repoBranch: definition.repoBranch ?? '' }
  }
  const { setupCommands = '', env = {}, maxAttemptMs, stallThresholdMs } = definition.environmentSpec ?? {}
  return {
    ...common,
    agentCommand: definition.agentCommand?.join('\n') ?? '',
    maxConcurrent: String(definition.maxConcurrent),
    setupCommands,
    env: Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
    attemptMinutes: numberWords(maxAttemptMs === undefined ? null : maxAttemptMs / MINUTE),
    stallMinutes: numberWords(stallThresholdMs === undefined ? null : stallThresholdMs / MINUTE),
  }
}

export type DraftProblems = Readonly<Partial<Record<DraftName, string>>>

export type NewBody = NonNullable<CallInput<Routes['tasks']['create']>['body']>
export type EditBody = NonNullable<CallInput<Routes['tasks']['edit']>['body']>

interface ReadDraft {
  /** Every field that its kind has, null for what is left out. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly problems: DraftProblems
}

/** What is sent; what cannot be read is told here, the rest is for the server to judge. */
export function readDraft(kind: AutomationKind, draft: AutomationDraft): ReadDraft {
  const problems: Partial<Record<DraftName, string>> = {}
  const number = (name: 'priority' | 'maxRetries' | 'maxTurns' | 'maxConcurrent') => {
    const typed = draft[name].trim()
    if (typed !== '' && !/^\d{1,6}$/.test(typed)) problems[name] = 'must be a whole number'
    return typed === '' ? null : Number(typed)
  }
  if (draft.name.trim() === '') problems.name = 'give it a name'
  if (draft.prompt.trim() === '') problems.prompt = 'say what is to be done'
  const common = {
    name: draft.name,
    description: orNull(draft.description),
    prompt: draft.prompt,
    title: orNull(draft.title),
    agentType: orNull(draft.agentType),
    model: orNull(draft.model),
    priority: number('priority'),
    maxRetries: number('maxRetries'),
    maxTurns: number('maxTurns'),
    budgetUsd: orNull(draft.budgetUsd),
    enabled: draft.enabled,
    paramsSchema: readSchema(draft.paramsSchema, problems),
  }
  if (kind === 'repo-blueprint') {
    if (draft.repoUrl === '') problems.repoUrl = 'choose a repository'
    return { fields: { ...common, repoUrl: draft.repoUrl, repoBranch: orNull(draft.repoBranch) }, problems }
  }
  const command = draft.agentCommand.replace(/\n+$/, '')
  return {
    fields: {
      ...common,
      agentCommand: command.trim() === '' ? null : command.split('\n'),
      maxConcurrent: number('maxConcurrent'),
      environmentSpec: readEnvironment(draft, problems),
    },
    problems,
  }
}

type Problems = Partial<Record<DraftName, string>>

function readSchema(typed: string, problems: Problems): unknown {
  if (typed.trim() === '') return null
  const value = parseJson(typed)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  problems.paramsSchema = value === undefined ? 'must be JSON' : 'must be a JSON object'
  return null
}

function readEnvironment(draft: AutomationDraft, problems: Problems): unknown {
  const minutes = (name: 'attemptMinutes' | 'stallMinutes') => {
    const typed = draft[name].trim().replace(',', '.')
    if (typed === '') return undefined
    if (!/^\d{1,6}(\.\d{1,3})?$/.test(typed)) problems[name] = 'must be a number'
    return Math.round(Number(typed) * MINUTE)
  }
  const lines = draft.env.split('\n').filter((line) => line.trim() !== '')
  if (lines.some((line) => !line.includes('='))) problems.env = 'must be NAME=value in each line'
  const env = lines.map((line) => [
    line.slice(0, line.indexOf('=')).trim(),
    line.slice(line.indexOf('=') + 1),
  ])
  const spec = {
    setupCommands: orNull(draft.setupCommands) ?? undefined,
    env: env.length === 0 ? undefined : Object.fromEntries(env),
    maxAttemptMs: minutes('attemptMinutes'),
    stallThresholdMs: minutes('stallMinutes'),
  }
  const given = Object.entries(spec).filter(([, value]) => value !== undefined)
  return given.length === 0 ? null : Object.fromEntries(given)
}

/** To make one: without what is left out. */
export function newBody(kind: AutomationKind, fields: ReadDraft['fields']): NewBody {
  const given = Object.entries(fields).filter(([, value]) => value !== null)
  return { type: kind, ...Object.fromEntries(given) } as unknown as NewBody
}

/** Numbers that cannot be taken away, with what they are when nothing is said. */
const NEVER_NULL: Readonly<Record<AutomationKind, Readonly<Record<string, number>>>> = {
  'repo-blueprint': { priority: 100, maxRetries: 3 },
  standalone: { priority: 100, maxRetries: 1, maxConcurrent: 2 },
}

/** To change one: only what differs, so that what somebody else changes meanwhile is not undone. */
export function editBody(
  kind: AutomationKind,
  before: ReadDraft['fields'],
  after: ReadDraft['fields'],
): EditBody {
  const changed = Object.entries(after).filter(
    ([name, value]) => name !== 'repoUrl' && JSON.stringify(before[name]) !== JSON.stringify(value),
  )
  const said = changed.map(([name, value]) => [name, value ?? NEVER_NULL[kind][name] ?? null])
  return Object.fromEntries(said) as EditBody
}

/** What the server says of fields it names otherwise, under the names of the form. */
export function draftErrors(errors: Readonly<Record<string, string>>): DraftProblems {
  const { environmentSpec, agentType, ...rest } = errors
  const aboutCommand = agentType?.startsWith('agentCommand') === true
  return {
    ...rest,
    ...(agentType === undefined ? {} : { [aboutCommand ? 'agentCommand' : 'agentType']: agentType }),
    ...(environmentSpec === undefined ? {} : { setupCommands: environmentSpec }),
  }
}

/** The one a form begins with. */
export function repoOf(repos: readonly Repo[], wantedId: string | undefined): Repo | null {
  return repos.find(({ id }) => id === wantedId) ?? (repos.length === 1 ? (repos[0] ?? null) : null)
}

function orNull(typed: string): string | null {
  return typed.trim() === '' ? null : typed.trim()
}

function numberWords(value: number | null): string {
  return value === null ? '' : String(Math.round(value * 1000) / 1000)
}
