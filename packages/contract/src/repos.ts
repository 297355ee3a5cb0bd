import { z } from 'zod'
import { agentType, branchName, budget, money, refuse, text, time, uuid } from './common.ts'
import { pageAnswer, pageQuery } from './paging.ts'

export const MERGE_METHODS = ['squash', 'merge', 'rebase'] as const
export const mergeMethod = z.enum(MERGE_METHODS)

/** 7 days: no attempt is meant to last longer. */
const MAX_DURATION_MS = 7 * 24 * 3_600_000

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
  .nullable()
  .meta({ type: ['string', 'null'], maxLength: 65_536 })

const settings = {
  defaultAgentType: agentType.optional(),
  /** argv of an agent of type `command`; argv[0] is an absolute path or found on the server's PATH. */
  agentCommand: z
    .tuple([text({ min: 1, max: 4096 })], text({ max: 32_768 }))
    .check(refuse((argv) => (argv.length > 256 ? 'must have at most 256 arguments' : null)))
    .meta({ type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 256 })
    .nullable()
    .optional(),
  model: text({ min: 1, max: 200 }).nullable().optional(),
  maxTurnsCoding: z.int().min(1).max(10_000).nullable().optional(),
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
}

const facts = {
  fullName: text({ min: 1, max: 200 }).optional(),
  defaultBranch: branchName.optional(),
  isPrivate: z.boolean().optional(),
}

/** Settings the API knows of that do nothing yet. Accepting them would be a promise that is not kept. */
const WITHOUT_EFFECT: readonly string[] = [
  'promptTemplateOverride',
  'planningModeEnabled',
  'maxTurnsReview',
  'reviewEnabled',
  'reviewTrigger',
  'reviewAgentType',
  'reviewModel',
  'reviewPromptTemplate',
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
