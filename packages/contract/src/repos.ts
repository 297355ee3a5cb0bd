import { z } from 'zod'
import {
  agentCommand,
  agentType,
  branchName,
  budget,
  MAX_DURATION_MS,
  maxTurns,
  money,
  templateText,
  text,
  time,
  uuid,
} from './common.ts'
import { MERGE_METHODS, REQUESTS_FROM, REVIEW_TRIGGERS } from './names.ts'
import { pageAnswer, pageQuery } from './paging.ts'
import { agentSecrets } from './secrets.ts'

export const mergeMethod = z.enum(MERGE_METHODS)

const ON_DEPENDENCY_FAILURE = ['fail', 'wait'] as const

export const repo = z
  .object({
    id: uuid,
    workspaceId: uuid,
    repoUrl: z.string(),
    gitPlatform: z.enum(['local', 'github', 'gitlab']),
    fullName: z.string(),
    defaultBranch: z.string(),
    isPrivate: z.boolean(),
    defaultAgentType: z.string(),
    agentCommand: z.array(z.string()).nullable(),
    /** Model its agents use; null for the agent's own default. */
    model: z.string().nullable(),
    /** Most turns of one attempt, for agents that count turns; null for no limit. */
    maxTurnsCoding: z.int().nullable(),
    setupCommands: z.string().nullable(),
    testCommand: z.string().nullable(),
    autoMerge: z.boolean(),
    mergeMethod,
    cautiousMode: z.boolean(),
    autoResume: z.boolean(),
    maxAutoResumes: z.int(),
    maxConcurrentTasks: z.int(),
    stallThresholdMs: z.int(),
    maxAttemptMs: z.int(),
    budgetUsd: money.nullable(),
    /** Template its agents are given instead of the one for coding that holds for all. */
    promptTemplateOverride: z.string().nullable(),
    /** Agents review its pull requests; `reviewTrigger` says when by themselves. */
    reviewEnabled: z.boolean(),
    reviewTrigger: z.enum(REVIEW_TRIGGERS),
    /** Null: the repository's default agent. */
    reviewAgentType: z.string().nullable(),
    reviewModel: z.string().nullable(),
    reviewPromptTemplate: z.string().nullable(),
    maxTurnsReview: z.int().nullable(),
    /** Reviews of one pull request that Optio starts by itself before it asks a person. */
    maxReviewRounds: z.int(),
    /** What becomes of a task when one it depends on fails, is cancelled or is deleted: it fails, or waits for a person. */
    onDependencyFailure: z.enum(ON_DEPENDENCY_FAILURE),
    /** Its branch is deleted once a pull request is merged. */
    deleteBranchOnMerge: z.boolean(),
    /** The pull request of a task that is cancelled is closed; else it stays open. */
    closeOnCancel: z.boolean(),
    /** The issue a task was made of is closed once its pull request is merged. */
    closeIssueOnMerge: z.boolean(),
    /** Who may cause work by a label, a review or a comment on the forge. */
    requestsFrom: z.enum(REQUESTS_FROM),
    /** Names of secrets that agents of this repository get besides those their type needs. */
    agentSecrets: z.array(z.string()),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Repo' })
export type Repo = z.infer<typeof repo>

export const repoAnswer = z.object({ repo })
export const repoList = z.object({ repos: z.array(repo), ...pageAnswer })

/** A script for `sh -c`; a blank one is as none. */
const script = text({ max: 65_536 })
  .transform((value) => (value.trim() === '' ? null : value))
  .meta({ type: 'string', maxLength: 65_536 })
  .nullable()

const settings = {
  defaultAgentType: agentType.optional(),
  /** Of agents of type `command`. */
  agentCommand: agentCommand.nullable().optional(),
  model: text({ min: 1, max: 200 }).nullable().optional(),
  maxTurnsCoding: maxTurns.nullable().optional(),
  setupCommands: script.optional(),
  testCommand: script.optional(),
  autoMerge: z.boolean().optional(),
  mergeMethod: mergeMethod.optional(),
  cautiousMode: z.boolean().optional(),
  autoResume: z.boolean().optional(),
  maxAutoResumes: z.int().min(0).max(1000).optional(),
  maxConcurrentTasks: z.int().min(1).max(1000).optional(),
  stallThresholdMs: z.int().min(100).max(MAX_DURATION_MS).optional(),
  maxAttemptMs: z.int().min(100).max(MAX_DURATION_MS).optional(),
  budgetUsd: budget.nullable().optional(),
  promptTemplateOverride: templateText.nullable().optional(),
  reviewEnabled: z.boolean().optional(),
  reviewTrigger: z.enum(REVIEW_TRIGGERS).optional(),
  reviewAgentType: agentType.nullable().optional(),
  reviewModel: text({ min: 1, max: 200 }).nullable().optional(),
  reviewPromptTemplate: templateText.nullable().optional(),
  maxTurnsReview: maxTurns.nullable().optional(),
  maxReviewRounds: z.int().min(1).max(100).optional(),
  onDependencyFailure: z.enum(ON_DEPENDENCY_FAILURE).optional(),
  deleteBranchOnMerge: z.boolean().optional(),
  closeOnCancel: z.boolean().optional(),
  closeIssueOnMerge: z.boolean().optional(),
  requestsFrom: z.enum(REQUESTS_FROM).optional(),
  agentSecrets: agentSecrets.optional(),
}

const facts = {
  fullName: text({ min: 1, max: 200 }).optional(),
  defaultBranch: branchName.optional(),
  isPrivate: z.boolean().optional(),
}

/** Settings the API knows of that do nothing yet. Accepting them would be a promise that is not kept. */
const WITHOUT_EFFECT: readonly string[] = [
  'planningModeEnabled',
  'networkPolicy',
  'imagePreset',
  'cpuRequest',
  'cpuLimit',
  'memoryRequest',
  'memoryLimit',
]

const onlyWithEffect: z.core.CheckFn<Record<string, unknown>> = (payload) => {
  for (const name of Object.keys(payload.value)) {
    if (!WITHOUT_EFFECT.includes(name) && !/^slack[A-Z]/.test(name)) continue
    payload.issues.push({
      code: 'custom',
      path: [name],
      message: 'has no effect yet and is not accepted; leave it out',
      input: undefined,
    })
  }
}

/* Loose, so that a setting without effect is seen and can be refused by name; other unknown fields are ignored. */
export const connectRepoBody = z
  .looseObject({ repoUrl: text({ min: 1, max: 4096 }), ...facts, ...settings })
  .check(onlyWithEffect)
  .meta({ id: 'ConnectRepo' })
export type ConnectRepo = z.output<typeof connectRepoBody>

export const editRepoBody = z
  .looseObject({ ...facts, ...settings })
  .check(onlyWithEffect)
  .meta({ id: 'EditRepo' })
export type EditRepo = z.output<typeof editRepoBody>

export const REPO_SETTINGS = Object.keys(settings) as (keyof typeof settings)[]

/** What a repository's own files suggest; null where nothing is recognised. */
export const detected = z
  .object({
    setupCommands: z.string().nullable(),
    testCommand: z.string().nullable(),
    /** What was recognised, in words: "package.json with a test script". */
    evidence: z.array(z.string()),
  })
  .meta({ id: 'Detected' })
export type Detected = z.infer<typeof detected>
export const detectAnswer = z.object({ detected })

export const listReposQuery = z.object(pageQuery)
export type ListReposQuery = z.output<typeof listReposQuery>
