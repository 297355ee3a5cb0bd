import type { User } from './account.ts'
import type { PullRequest } from './pull-request.ts'

export interface Label {
  readonly id: number
  name: string
  color: string
  description: string | null
}

export interface Comment {
  readonly id: number
  readonly author: User
  body: string
  readonly createdAt: string
  updatedAt: string
}

/** Something in the history of an issue that GitHub keeps as an event. */
export interface IssueEvent {
  readonly id: number
  readonly event: 'closed' | 'reopened' | 'merged' | 'labeled' | 'unlabeled' | 'assigned' | 'unassigned'
  readonly actor: User
  readonly createdAt: string
  readonly label: Label | null
  /** The commit of a merge, or the pull request's commit that closed an issue. */
  readonly commitId: string | null
  /** Number of the pull request that closed an issue. */
  readonly closer: number | null
}

/** An issue; a pull request is an issue that has `pull`, as on GitHub. */
export interface Issue {
  readonly id: number
  readonly number: number
  readonly author: User
  title: string
  body: string
  state: 'open' | 'closed'
  stateReason: 'completed' | 'not_planned' | 'reopened' | null
  labels: Label[]
  assignees: User[]
  readonly comments: Comment[]
  readonly events: IssueEvent[]
  readonly createdAt: string
  updatedAt: string
  closedAt: string | null
  closedBy: User | null
  readonly pull: PullRequest | null
}

/** A pull request, with the issue it is. */
export type PullIssue = Issue & { readonly pull: PullRequest }
