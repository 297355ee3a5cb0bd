import { z } from 'zod'
import { agentType, jsonObject, priority, templateText, text, time, title, uuid } from './common.ts'
import { paramsSchema } from './definitions.ts'
import { PROMPT_TEMPLATE_KINDS } from './names.ts'
import { pageAnswer, pageQuery } from './paging.ts'

export const promptTemplateKind = z.enum(PROMPT_TEMPLATE_KINDS).meta({
  id: 'PromptTemplateKind',
  description:
    '`prompt`: coding; `ci_fix`, `review_fix`, `conflict_fix`: an agent that is sent back to its pull request; `review`: a reviewer; `job`: a run without a repository; `task`: the text of a task.',
})
export type PromptTemplateKind = z.infer<typeof promptTemplateKind>

const name = text({ min: 1, max: 200 })
const repoUrl = text({ min: 1, max: 4096 })

export const promptTemplate = z
  .object({
    id: uuid,
    name: z.string(),
    kind: promptTemplateKind,
    template: z.string(),
    description: z.string().nullable(),
    paramsSchema: z.record(z.string(), z.unknown()).nullable(),
    /** Null: for every repository that has none of its own. */
    repoUrl: z.string().nullable(),
    /** It is the one of its kind that agents are given. */
    isDefault: z.boolean(),
    defaultAgentType: z.string().nullable(),
    createdBy: z.string(),
    workspaceId: uuid,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'PromptTemplate' })
export type PromptTemplate = z.infer<typeof promptTemplate>
export const promptTemplateAnswer = z.object({ template: promptTemplate })
export const promptTemplateList = z.object({ templates: z.array(promptTemplate), ...pageAnswer })
export const listPromptTemplatesQuery = z.object({
  ...pageQuery,
  kind: promptTemplateKind.optional().describe('Only templates of this kind.'),
  repoUrl: repoUrl.optional().describe('Only templates of the repository with this address.'),
})
export type ListPromptTemplatesQuery = z.output<typeof listPromptTemplatesQuery>

export const createPromptTemplateBody = z
  .object({
    name,
    template: templateText,
    kind: promptTemplateKind.default('prompt'),
    description: text({ max: 65_536 }).nullish(),
    paramsSchema: paramsSchema.nullish(),
    repoUrl: repoUrl.nullish(),
    /** Left out: yes for one of a repository, no for one that would hold for all. Another that was loses it. */
    isDefault: z.boolean().nullish(),
    defaultAgentType: agentType.nullish(),
  })
  .meta({ id: 'CreatePromptTemplate' })
export type CreatePromptTemplate = z.output<typeof createPromptTemplateBody>

export const editPromptTemplateBody = z
  .object({
    name: name.optional(),
    template: templateText.optional(),
    kind: promptTemplateKind.optional(),
    description: text({ max: 65_536 }).nullable().optional(),
    paramsSchema: paramsSchema.nullable().optional(),
    repoUrl: repoUrl.nullable().optional(),
    isDefault: z.boolean().optional(),
    defaultAgentType: agentType.nullable().optional(),
  })
  .meta({ id: 'EditPromptTemplate' })
export type EditPromptTemplate = z.output<typeof editPromptTemplateBody>

/** What agents of a repository are given, and where it is from. */
export const effectiveTemplateQuery = z.object({
  repoUrl: repoUrl.optional().describe('Address of the repository; without it, what holds for the others.'),
  kind: promptTemplateKind.default('prompt').describe('Of which kind.'),
})
export const effectiveTemplate = z.object({
  template: z.object({
    id: uuid.nullable(),
    name: z.string(),
    kind: promptTemplateKind,
    template: z.string(),
  }),
  source: z.enum(['repository_setting', 'repository', 'workspace', 'built_in']),
  /** Optio's own template of this kind, whichever holds: to begin another one with. */
  builtIn: z.string(),
  /** What the template may use, with what each is. */
  variables: z.array(z.object({ name: z.string(), description: z.string(), example: z.string() })),
})
export type EffectiveTemplate = z.infer<typeof effectiveTemplate>

/** Strict: a variable that is neither in `params` nor known of its kind is refused. */
export const previewTemplateBody = z.object({ params: jsonObject.nullish() }).nullish()
export const previewTextBody = z.object({
  template: templateText,
  kind: promptTemplateKind.default('prompt'),
  params: jsonObject.nullish(),
})
export type PreviewText = z.output<typeof previewTextBody>
export const renderedAnswer = z.object({ rendered: z.string() })

export const taskTemplate = z
  .object({
    id: uuid,
    name: z.string(),
    title: z.string().nullable(),
    prompt: z.string(),
    repoUrl: z.string().nullable(),
    agentType: z.string().nullable(),
    priority: z.int().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    createdBy: z.string(),
    workspaceId: uuid,
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'TaskTemplate' })
export type TaskTemplate = z.infer<typeof taskTemplate>
export const taskTemplateAnswer = z.object({ template: taskTemplate })
export const taskTemplateList = z.object({ templates: z.array(taskTemplate), ...pageAnswer })
export const listTaskTemplatesQuery = z.object({
  ...pageQuery,
  repoUrl: repoUrl.optional().describe('Only templates of the repository with this address.'),
})
export type ListTaskTemplatesQuery = z.output<typeof listTaskTemplatesQuery>

export const createTaskTemplateBody = z
  .object({
    name,
    title: title.nullish(),
    prompt: templateText,
    repoUrl: repoUrl.nullish(),
    agentType: agentType.nullish(),
    priority: priority.nullish(),
    metadata: jsonObject.nullish(),
  })
  .meta({ id: 'CreateTaskTemplate' })
export type CreateTaskTemplate = z.output<typeof createTaskTemplateBody>
export const editTaskTemplateBody = z
  .object({
    name: name.optional(),
    title: title.nullable().optional(),
    prompt: templateText.optional(),
    repoUrl: repoUrl.nullable().optional(),
    agentType: agentType.nullable().optional(),
    priority: priority.nullable().optional(),
    metadata: jsonObject.optional(),
  })
  .meta({ id: 'EditTaskTemplate' })
export type EditTaskTemplate = z.output<typeof editTaskTemplateBody>
