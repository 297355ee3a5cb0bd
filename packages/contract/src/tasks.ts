import { z } from 'zod'
import {
  agentCommand,
  agentType,
  branchName,
  budget,
  jsonObject,
  maxTurns,
  moment,
  money,
  priority,
  prompt,
  repeatable,
  text,
  time,
  title,
  uuid,
} from './common.ts'
import { environmentSpec, olderNames, paramsSchema, repoBlueprint, standalone } from './definitions.ts'
import { TASK_KINDS, TASK_STATES, WAITING_ON } from './names.ts'
import { pageAnswer, pageQuery } from './paging.ts'
import { agentSecrets } from './secrets.ts'

export const taskState = z.enum(TASK_STATES).meta({ id: 'TaskState' })
export type TaskState = z.infer<typeof taskState>

export const waitingOn = z.enum(WAITING_ON).meta({ id: 'WaitingOn' })
export type WaitingOn = z.infer<typeof waitingOn>

/** What a reviewing agent says of the one head it read. */
export const reviewVerdict = z
  .object({
    verdict: z.enum(['approve', 'request_changes', 'comment']),
    summary: z.string(),
    comments: z.array(z.object({ path: z.string(), line: z.int().nullable(), body: z.string() })),
  })
  .meta({ id: 'ReviewVerdict' })
export type ReviewVerdict = z.infer<typeof reviewVerdict>

export const task = z
  .object({
    id: uuid,
    /** `standalone-run`: an execution of a standalone task, by its own id. */
    type: z.enum(['repo-task', 'standalone-run']),
    title: z.string(),
    prompt: z.string(),
    description: z.string().nullable(),
    repoUrl: z.string().nullable(),
    repoBranch: z.string().nullable(),
    state: taskState,
    agentType: z.string(),
    model: z.string().nullable(),
    priority: z.int(),
    maxRetries: z.int(),
    retryCount: z.int(),
    sessionId: z.string().nullable(),
    prUrl: z.string().nullable(),
    prNumber: z.int().nullable(),
    prState: z.enum(['open', 'merged', 'closed']).nullable(),
    prChecksStatus: z.enum(['none', 'pending', 'passing', 'failing', 'conflicts']),
    prReviewStatus: z.enum(['none', 'pending', 'approved', 'changes_requested']),
    /** What reviewers who requested changes wrote. Left out of lists unless `fields=full`. */
    prReviewComments: z.string().nullable().optional(),
    /** When the forge last said what is true of the pull request. */
    prObservedAt: time.nullable(),
    branch: z.string().nullable(),
    baseSha: z.string().nullable(),
    headSha: z.string().nullable(),
    /** What the agent said at its end. In a list of summaries its first 2,000 characters. */
    resultSummary: z.string().nullable(),
    costUsd: money,
    inputTokens: z.int(),
    outputTokens: z.int(),
    modelUsed: z.string().nullable(),
    errorMessage: z.string().nullable(),
    errorCategory: z.string().nullable(),
    /** Why it needs a person, as a stable code; null in every other state. */
    attentionCode: z.string().nullable(),
    /** Whom or what it waits for, as last decided; null once it is finished. */
    waitingOn: waitingOn.nullable(),
    ticketSource: z.string().nullable(),
    ticketExternalId: z.string().nullable(),
    ticketUrl: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    parentTaskId: uuid.nullable(),
    taskType: z.enum(['coding', 'review', 'step', 'child']),
    subtaskOrder: z.int().nullable(),
    blocksParent: z.boolean(),
    /** It waits until a person runs it. */
    held: z.boolean(),
    /** The definition it was made from. */
    blueprintId: uuid.nullable(),
    triggerId: uuid.nullable(),
    /** What it was made with, where it was made from a definition. Null in a list of summaries when it is larger than 16 KiB. */
    params: z.record(z.string(), z.unknown()).nullable(),
    /** Of a standalone run: what the agent said at its end. */
    output: z.string().nullable(),
    /** Of a review: what it came to, for exactly the head it read. Null until then, and for every other task. */
    verdict: reviewVerdict.nullable(),
    /** Of a review: the head it reads. */
    reviewedSha: z.string().nullable(),
    maxTurns: z.int().nullable(),
    /** Names of secrets its agents get besides those their type and its repository name. */
    agentSecrets: z.array(z.string()),
    workspaceId: uuid,
    createdBy: z.string(),
    budgetUsd: money.nullable(),
    lastActivityAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
    startedAt: time.nullable(),
    completedAt: time.nullable(),
  })
  .meta({ id: 'Task' })
export type Task = z.infer<typeof task>

/** Any of the three kinds, and a run of a standalone task. */
export const anyTask = z.union([task, repoBlueprint, standalone])
export type AnyTask = z.infer<typeof anyTask>

export const taskAnswer = z.object({ task })
export const anyTaskAnswer = z.object({ task: anyTask })
export const taskList = z.object({ tasks: z.array(anyTask), ...pageAnswer })

export const pipelineProgress = z
  .object({
    totalSteps: z.int(),
    completedSteps: z.int(),
    failedSteps: z.int(),
    runningSteps: z.int(),
    currentStepIndex: z.int().nullable(),
    currentStepTitle: z.string().nullable(),
    steps: z.array(z.object({ id: uuid, title: z.string(), state: taskState })),
  })
  .meta({ id: 'PipelineProgress' })

export const stallInfo = z
  .object({
    isStalled: z.boolean(),
    silentForMs: z.int(),
    thresholdMs: z.int(),
    lastLogSummary: z.string().nullable(),
  })
  .meta({ id: 'StallInfo' })
export type StallInfo = z.infer<typeof stallInfo>

export const taskDetail = z
  .object({
    task: anyTask,
    /** Why it waits and what would change that, in words; null while it runs and once it is finished. */
    pendingReason: z.string().nullable(),
    /** The same in parts: what is the case, and each thing that would change it. Null where `pendingReason` is. */
    explanation: z.object({ summary: z.string(), wouldChange: z.array(z.string()) }).nullable(),
    /** Null for a task without steps. */
    pipelineProgress: pipelineProgress.nullable(),
    /** Null while no agent runs. */
    stallInfo: stallInfo.nullable(),
  })
  .meta({ id: 'TaskDetail' })
export type TaskDetail = z.infer<typeof taskDetail>

export const attempt = z
  .object({
    id: uuid,
    number: z.int(),
    reason: z.enum(['first', 'ci_failed', 'review', 'conflict', 'retry', 'resume', 'restart']),
    agentType: z.string(),
    model: z.string().nullable(),
    state: z.enum(['starting', 'running', 'succeeded', 'failed', 'stopped', 'lost']),
    sessionId: z.string().nullable(),
    exitCode: z.int().nullable(),
    costUsd: money,
    inputTokens: z.int(),
    outputTokens: z.int(),
    errorMessage: z.string().nullable(),
    /** What the agent itself reported as the cause of its failure; null when it reported none. */
    failure: z
      .object({
        kind: z.string(),
        message: z.string(),
        /** When the provider takes requests again; null when it did not say. */
        retryAt: time.nullable(),
      })
      .nullable(),
    /** Part of the cost is an estimate, because the agent named none. */
    costEstimated: z.boolean(),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
  })
  .meta({ id: 'Attempt' })
export type Attempt = z.infer<typeof attempt>
export const attemptList = z.object({ attempts: z.array(attempt) })

const ticketUrl = text({ max: 2000 }).regex(/^https?:\/\//, 'must be an http or https address')

/** What a task can be created with. Which fields are of use depends on `type`; one that is of none is refused where it was given. */
const createFields = {
  type: z.enum(TASK_KINDS).default('repo-task'),
  /** Left out: the first line of the prompt, cut at 80. Of a definition: the template of titles. */
  title: title.nullish(),
  /** Of a definition. Of a repo-task: used where there is no title. */
  name: title.nullish(),
  /** Of a definition: a template. */
  prompt: prompt.optional(),
  ...olderNames,
  description: text({ max: 65_536 }).nullish(),
  agentType: agentType.nullish(),
  model: text({ min: 1, max: 200 }).nullish(),
  /** Left out: 3; of a standalone task 1. */
  maxRetries: z.int().min(0).max(10).nullish(),
  repoUrl: text({ min: 1, max: 4096 }).nullish(),
  repoBranch: branchName.nullish(),
  priority: priority.default(100),
  ticketSource: text({ min: 1, max: 100 }).nullish(),
  ticketExternalId: text({ min: 1, max: 500 }).nullish(),
  ticketUrl: ticketUrl.nullish(),
  metadata: jsonObject.nullish(),
  dependsOn: z.array(uuid).max(100).default([]),
  budgetUsd: budget.nullish(),
  enabled: z.boolean().nullish(),
  paramsSchema: paramsSchema.nullish(),
  agentCommand: agentCommand.nullish(),
  maxTurns: maxTurns.nullish(),
  agentSecrets: agentSecrets.nullish(),
  /** Left out: 2. */
  maxConcurrent: z.int().min(1).max(1000).nullish(),
  environmentSpec: environmentSpec.nullish(),
}

/** `POST /api/tasks`. */
export const createTaskBody = z
  .object(createFields)
  .refine(({ prompt, promptTemplate }) => prompt !== undefined || promptTemplate?.trim(), {
    message: 'must not be empty',
    path: ['prompt'],
  })
  .refine((body) => (body.ticketSource == null) === (body.ticketExternalId == null), {
    message: 'ticketSource and ticketExternalId are given together or not at all',
    path: ['ticketExternalId'],
  })
  .transform(({ promptTemplate, agentRuntime, ...body }) => ({
    ...body,
    prompt: body.prompt ?? promptTemplate ?? '',
    agentType: body.agentType ?? agentRuntime,
  }))
  .meta({ id: 'CreateTask' })
export type CreateTask = z.output<typeof createTaskBody>

export const listTasksQuery = z.object({
  type: z
    .enum([...TASK_KINDS, 'all'])
    .default('repo-task')
    .describe('Only tasks of this type.'),
  state: repeatable(z.enum(TASK_STATES)).optional().describe('Only tasks in one of these states.'),
  repoUrl: text({ min: 1, max: 4096 }).optional().describe('Only tasks of the repository with this address.'),
  agentType: agentType.optional().describe('Only tasks of agents of this type.'),
  waitingOn: repeatable(waitingOn)
    .optional()
    .describe('Whom or what they wait for: `person` are the ones a person has to act on.'),
  q: text({ max: 1000 })
    .optional()
    .describe(
      'Words; each begins a word of the title or of the prompt (of its first 20,000 characters), whatever its case.',
    ),
  parentTaskId: uuid.optional().describe('Only subtasks of this task.'),
  blueprintId: uuid.optional().describe('Tasks a blueprint spawned.'),
  since: moment.optional().describe('Only tasks created then or later.'),
  until: moment.optional().describe('Only tasks created then or earlier.'),
  createdBy: text({ min: 1, max: 200 }).optional().describe('Only tasks that this user created.'),
  fields: z
    .enum(['summary', 'full'])
    .default('summary')
    .describe('`full`: whole prompts and review comments instead of summaries.'),
  ...pageQuery,
})
export type ListTasksQuery = z.output<typeof listTasksQuery>

/**
 * `PATCH /api/tasks/:id`. Of a repo-task or a run, in any unfinished state: title, priority, metadata, budget, and whether it blocks its
 * parent. Of a definition: whatever it was created with but its kind and its repository. A field that cannot be changed there is refused.
 */
export const editTaskBody = z
  .object({
    title: title.nullable().optional(),
    priority: priority.optional(),
    metadata: jsonObject.optional(),
    /** A task that has reached its budget can be given more and resumed; null takes the cap away. */
    budgetUsd: budget.nullable().optional(),
    blocksParent: z.boolean().optional(),
    name: title.optional(),
    prompt: prompt.optional(),
    ...olderNames,
    description: text({ max: 65_536 }).nullable().optional(),
    agentType: agentType.nullable().optional(),
    agentCommand: agentCommand.nullable().optional(),
    model: text({ min: 1, max: 200 }).nullable().optional(),
    repoBranch: branchName.nullable().optional(),
    maxRetries: z.int().min(0).max(10).optional(),
    maxTurns: maxTurns.nullable().optional(),
    agentSecrets: agentSecrets.optional(),
    maxConcurrent: z.int().min(1).max(1000).optional(),
    paramsSchema: paramsSchema.nullable().optional(),
    environmentSpec: environmentSpec.nullable().optional(),
    enabled: z.boolean().optional(),
  })
  .transform(({ promptTemplate, agentRuntime, ...body }) => {
    const newer = {
      prompt: body.prompt ?? promptTemplate ?? undefined,
      // Null is a value: the default of the repository.
      agentType: body.agentType === undefined ? agentRuntime : body.agentType,
    }
    const given = Object.entries({ ...body, ...newer }).filter(([, value]) => value !== undefined)
    return Object.fromEntries(given) as typeof body
  })
  .meta({ id: 'EditTask' })
export type EditTask = z.output<typeof editTaskBody>

/** An action with no input accepts an absent body. */
export const promptBody = z.object({ prompt: prompt.nullish() }).nullish()

export const reorderBody = z.object({ taskIds: z.array(uuid).min(1).max(1000) })
export const reorderAnswer = z.object({ ok: z.literal(true), reordered: z.int() })
export const retriedAnswer = z.object({ retried: z.int() })
export const cancelledAnswer = z.object({ cancelled: z.int() })

export const taskStats = z
  .object({
    total: z.int(),
    queued: z.int(),
    running: z.int(),
    ci: z.int(),
    review: z.int(),
    needsAttention: z.int(),
    /** All that wait for a person: those that need attention, and pull requests to be reviewed or merged by hand. */
    waitingForPerson: z.int(),
    failed: z.int(),
    completed: z.int(),
  })
  .meta({ id: 'TaskStats' })
export type TaskStats = z.infer<typeof taskStats>
export const taskStatsAnswer = z.object({ stats: taskStats })
