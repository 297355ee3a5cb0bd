import { z } from 'zod'
import { agentType, prompt, text, time, title, uuid } from './common.ts'
import { pageAnswer, pageQuery } from './paging.ts'
import { task, taskState } from './tasks.ts'

export const issue = z
  .object({
    id: z.string(),
    number: z.int(),
    externalId: z.string(),
    source: z.literal('github'),
    title: z.string(),
    body: z.string(),
    state: z.enum(['open', 'closed']),
    url: z.string(),
    labels: z.array(z.string()),
    hasOptioLabel: z.boolean(),
    author: z.string(),
    /** The first of those it is assigned to. */
    assignee: z.string().nullable(),
    commentCount: z.int(),
    repo: z.object({ id: uuid, fullName: z.string(), repoUrl: z.string() }),
    createdAt: time,
    updatedAt: time,
    /** The task that works on it, or the last one that did. */
    optioTask: z.object({ taskId: uuid, state: taskState, title: z.string() }).nullable(),
    /** Why its label did not hand it to Optio, in words. */
    notAssigned: z.string().nullable(),
  })
  .meta({ id: 'Issue' })
export type Issue = z.infer<typeof issue>

/** How fresh the copy of one repository's issues is. */
export const issueSync = z
  .object({
    repoId: uuid,
    fullName: z.string(),
    /** When all of its issues were known last; null before the first time. */
    syncedAt: time.nullable(),
    /** Why the last try did not succeed; null when it did. The issues shown are those of `syncedAt`. */
    error: z.object({ code: z.string(), message: z.string(), retryAt: time.nullable() }).nullable(),
  })
  .meta({ id: 'IssueSync' })
export type IssueSync = z.infer<typeof issueSync>

export const issueList = z.object({ issues: z.array(issue), syncs: z.array(issueSync), ...pageAnswer })
export const listIssuesQuery = z.object({
  ...pageQuery,
  repoId: uuid.optional().describe('Only those of this repository.'),
  state: z.enum(['open', 'closed', 'all']).default('open').describe('Only issues in this state.'),
  q: text({ max: 500 }).optional().meta({ description: 'Words of the title, or a number.' }),
})
export type ListIssuesQuery = z.output<typeof listIssuesQuery>

/** Title and body are those of the issue where they are left out. */
export const assignIssueBody = z
  .object({
    issueNumber: z.int().min(1).max(2_147_483_647),
    repoId: uuid,
    title: title.nullish(),
    body: prompt.nullish(),
    agentType: agentType.nullish(),
    model: text({ min: 1, max: 200 }).nullish(),
  })
  .meta({ id: 'AssignIssue' })
export type AssignIssue = z.output<typeof assignIssueBody>
export const assignIssueAnswer = z.object({ task })

/** Reads the issues of one repository, or of all, again now. */
export const syncIssuesBody = z.object({ repoId: uuid.nullish() }).nullish().meta({ id: 'SyncIssues' })
export const syncIssuesAnswer = z.object({ synced: z.int() })
