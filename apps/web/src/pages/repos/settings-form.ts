import type { CallInput, Repo, Routes } from '@optio/contract'
import { secretNames } from '../../tasks/secret-names.ts'

type Change = NonNullable<CallInput<Routes['repos']['edit']>['body']>

/** The settings of a repository as they are typed. */
export interface SettingsForm {
  readonly defaultBranch: string
  readonly defaultAgentType: string
  /** One argument a line; a line may be empty. */
  readonly agentCommand: string
  readonly model: string
  readonly maxTurnsCoding: string
  readonly setupCommands: string
  readonly testCommand: string
  readonly autoMerge: boolean
  readonly mergeMethod: string
  readonly cautiousMode: boolean
  readonly autoResume: boolean
  readonly maxAutoResumes: string
  readonly maxConcurrentTasks: string
  readonly stallMinutes: string
  readonly attemptMinutes: string
  readonly budgetUsd: string
  readonly promptTemplateOverride: string
  readonly reviewEnabled: boolean
  readonly reviewTrigger: string
  /** Empty: the repository's default agent. */
  readonly reviewAgentType: string
  readonly reviewModel: string
  readonly reviewPromptTemplate: string
  readonly maxTurnsReview: string
  readonly maxReviewRounds: string
  readonly onDependencyFailure: string
  readonly deleteBranchOnMerge: boolean
  readonly closeOnCancel: boolean
  readonly closeIssueOnMerge: boolean
  readonly requestsFrom: string
  /** One name a line. */
  readonly agentSecrets: string
}

export type SettingName = keyof SettingsForm

const MINUTE = 60_000

export function formOf(repo: Repo): SettingsForm {
  return {
    defaultBranch: repo.defaultBranch,
    defaultAgentType: repo.defaultAgentType,
    agentCommand: repo.agentCommand?.join('\n') ?? '',
    model: repo.model ?? '',
    maxTurnsCoding: repo.maxTurnsCoding === null ? '' : String(repo.maxTurnsCoding),
    setupCommands: repo.setupCommands ?? '',
    testCommand: repo.testCommand ?? '',
    autoMerge: repo.autoMerge,
    mergeMethod: repo.mergeMethod,
    cautiousMode: repo.cautiousMode,
    autoResume: repo.autoResume,
    maxAutoResumes: String(repo.maxAutoResumes),
    maxConcurrentTasks: String(repo.maxConcurrentTasks),
    stallMinutes: minutes(repo.stallThresholdMs),
    attemptMinutes: minutes(repo.maxAttemptMs),
    budgetUsd: repo.budgetUsd ?? '',
    promptTemplateOverride: repo.promptTemplateOverride ?? '',
    reviewEnabled: repo.reviewEnabled,
    reviewTrigger: repo.reviewTrigger,
    reviewAgentType: repo.reviewAgentType ?? '',
    reviewModel: repo.reviewModel ?? '',
    reviewPromptTemplate: repo.reviewPromptTemplate ?? '',
    maxTurnsReview: repo.maxTurnsReview === null ? '' : String(repo.maxTurnsReview),
    maxReviewRounds: String(repo.maxReviewRounds),
    onDependencyFailure: repo.onDependencyFailure,
    deleteBranchOnMerge: repo.deleteBranchOnMerge,
    closeOnCancel: repo.closeOnCancel,
    closeIssueOnMerge: repo.closeIssueOnMerge,
    requestsFrom: repo.requestsFrom,
    agentSecrets: repo.agentSecrets.join('\n'),
  }
}

/** What each field is called in the API, and how what was typed is read; null when it cannot be. */
const FIELDS: {
  readonly [K in SettingName]: readonly [name: string, read: (typed: SettingsForm[K]) => unknown]
} = {
  defaultBranch: ['defaultBranch', (typed) => typed.trim()],
  defaultAgentType: ['defaultAgentType', (typed) => typed],
  agentCommand: ['agentCommand', (typed) => (typed.trim() === '' ? NONE : argv(typed))],
  model: ['model', orNone],
  maxTurnsCoding: ['maxTurnsCoding', (typed) => (typed.trim() === '' ? NONE : whole(typed))],
  setupCommands: ['setupCommands', orNone],
  testCommand: ['testCommand', orNone],
  autoMerge: ['autoMerge', (on) => on],
  mergeMethod: ['mergeMethod', (typed) => typed],
  cautiousMode: ['cautiousMode', (on) => on],
  autoResume: ['autoResume', (on) => on],
  maxAutoResumes: ['maxAutoResumes', whole],
  maxConcurrentTasks: ['maxConcurrentTasks', whole],
  stallMinutes: ['stallThresholdMs', milliseconds],
  attemptMinutes: ['maxAttemptMs', milliseconds],
  budgetUsd: ['budgetUsd', orNone],
  promptTemplateOverride: ['promptTemplateOverride', template],
  reviewEnabled: ['reviewEnabled', (on) => on],
  reviewTrigger: ['reviewTrigger', (typed) => typed],
  reviewAgentType: ['reviewAgentType', orNone],
  reviewModel: ['reviewModel', orNone],
  reviewPromptTemplate: ['reviewPromptTemplate', template],
  maxTurnsReview: ['maxTurnsReview', (typed) => (typed.trim() === '' ? NONE : whole(typed))],
  maxReviewRounds: ['maxReviewRounds', whole],
  onDependencyFailure: ['onDependencyFailure', (typed) => typed],
  deleteBranchOnMerge: ['deleteBranchOnMerge', (on) => on],
  closeOnCancel: ['closeOnCancel', (on) => on],
  closeIssueOnMerge: ['closeIssueOnMerge', (on) => on],
  requestsFrom: ['requestsFrom', (typed) => typed],
  agentSecrets: ['agentSecrets', secretNames],
}

/** "Nothing", as the API says it; a read of null means that it could not be read. */
const NONE = Symbol('nothing')

/** Names of the fields that differ. */
export function changedFields(before: SettingsForm, after: SettingsForm): SettingName[] {
  return (Object.keys(FIELDS) as SettingName[]).filter((field) => before[field] !== after[field])
}

/** What is sent: only what was changed; and what is wrong with what was typed, by field. */
export function changeOf(
  before: SettingsForm,
  after: SettingsForm,
): { readonly change: Change; readonly problems: Readonly<Partial<Record<SettingName, string>>> } {
  const change: Record<string, unknown> = {}
  const problems: Partial<Record<SettingName, string>> = {}
  for (const field of changedFields(before, after)) {
    const [name, read] = FIELDS[field] as readonly [string, (typed: unknown) => unknown]
    const value = read(after[field])
    if (value === null) problems[field] = 'must be a number'
    else change[name] = value === NONE ? null : value
  }
  return { change: change as Change, problems }
}

/** The errors of the API, which know its names, under the names of the form. */
export function errorsByField(
  errors: Readonly<Record<string, string>>,
): Partial<Record<SettingName, string>> {
  const found: Partial<Record<SettingName, string>> = {}
  for (const field of Object.keys(FIELDS) as SettingName[]) {
    const error = errors[FIELDS[field][0]]
    if (error !== undefined) found[field] = error
  }
  // What has a code instead of a path.
  if (errors.agentType !== undefined) {
    const about: SettingName = errors.agentType.startsWith('agentCommand')
      ? 'agentCommand'
      : 'defaultAgentType'
    found[about] = errors.agentType
  }
  if (errors.repoBranch !== undefined) found.defaultBranch = errors.repoBranch
  return found
}

function argv(typed: string): string[] {
  // The break after the last argument is typed by habit and means none.
  return typed.replace(/\n+$/, '').split('\n')
}

function orNone(typed: string): unknown {
  return typed.trim() === '' ? NONE : typed.trim()
}

/** As it is: an indented first line may be meant. */
function template(typed: string): unknown {
  return typed.trim() === '' ? NONE : typed
}

function whole(typed: string): number | null {
  return /^\d{1,9}$/.test(typed.trim()) ? Number(typed) : null
}

function milliseconds(typed: string): number | null {
  return /^\d{1,7}([.,]\d{1,3})?$/.test(typed.trim())
    ? Math.round(Number(typed.replace(',', '.')) * MINUTE)
    : null
}

function minutes(ms: number): string {
  return String(Math.round((ms / MINUTE) * 1000) / 1000)
}
