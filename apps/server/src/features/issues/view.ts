import type { Issue, IssueSync, TaskState } from '@optio/contract'
import type { ListedIssue } from './list-query.ts'
import type { ShownSync } from './syncs-query.ts'

export function toIssue(row: ListedIssue): Issue {
  const { taskId, taskState, taskTitle } = row
  return {
    id: `${row.repositoryId}:${row.number}`,
    number: row.number,
    externalId: `${row.fullName}#${row.number}`,
    source: 'github',
    title: row.title,
    body: row.body,
    state: row.state,
    url: row.url,
    labels: row.labels,
    hasOptioLabel: row.hasOptioLabel,
    author: row.author,
    assignee: row.assignees[0] ?? null,
    commentCount: row.commentCount,
    repo: { id: row.repositoryId, fullName: row.fullName, repoUrl: row.repoUrl },
    createdAt: isoOf(row.opened),
    updatedAt: isoOf(row.updated),
    optioTask:
      taskId === null || taskState === null
        ? null
        : { taskId, state: taskState as TaskState, title: taskTitle ?? '' },
    notAssigned: row.notAssigned,
  }
}

export function toIssueSync({ repoId, fullName, syncedAt, error }: ShownSync): IssueSync {
  return { repoId, fullName, syncedAt: syncedAt?.toISOString() ?? null, error }
}

function isoOf(microseconds: number): string {
  return new Date(Math.floor(microseconds / 1000)).toISOString()
}
