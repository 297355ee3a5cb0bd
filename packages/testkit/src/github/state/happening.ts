import type { User } from './account.ts'
import type { CheckRun, CheckSuite, CommitStatus } from './check.ts'
import type { Comment, Issue, Label, PullIssue } from './issue.ts'
import type { Review, ReviewComment, ReviewThread } from './pull-request.ts'
import type { Repository } from './repository.ts'

/** What came about, as webhooks tell it. `by` is the sender. */
export type Happening = { readonly repository: Repository; readonly by: User } & (
  | {
      readonly event: 'issues'
      readonly action:
        | 'opened'
        | 'edited'
        | 'closed'
        | 'reopened'
        | 'assigned'
        | 'unassigned'
        | 'labeled'
        | 'unlabeled'
      readonly issue: Issue
      readonly label?: Label
      readonly assignee?: User
      readonly changes?: TextChanges
    }
  | {
      readonly event: 'issue_comment'
      readonly action: 'created' | 'edited'
      readonly issue: Issue
      readonly comment: Comment
      readonly changes?: TextChanges
    }
  | { readonly event: 'label'; readonly action: 'created'; readonly label: Label }
  | {
      readonly event: 'pull_request'
      readonly action:
        | 'opened'
        | 'edited'
        | 'closed'
        | 'reopened'
        | 'synchronize'
        | 'labeled'
        | 'unlabeled'
        | 'assigned'
        | 'unassigned'
        | 'ready_for_review'
        | 'converted_to_draft'
        | 'review_requested'
      readonly issue: PullIssue
      readonly label?: Label
      readonly assignee?: User
      readonly reviewer?: User
      readonly before?: string
      readonly after?: string
      readonly changes?: TextChanges
    }
  | {
      readonly event: 'pull_request_review'
      readonly action: 'submitted' | 'dismissed'
      readonly issue: PullIssue
      readonly review: Review
    }
  | {
      readonly event: 'pull_request_review_comment'
      readonly action: 'created'
      readonly issue: PullIssue
      readonly thread: ReviewThread
      readonly comment: ReviewComment
    }
  | {
      readonly event: 'pull_request_review_thread'
      readonly action: 'resolved' | 'unresolved'
      readonly issue: PullIssue
      readonly thread: ReviewThread
    }
  | {
      readonly event: 'push'
      readonly action: null
      readonly ref: string
      /** Null: the branch is new. */
      readonly before: string | null
      /** Null: the branch is gone. */
      readonly after: string | null
    }
  | { readonly event: 'status'; readonly action: null; readonly status: CommitStatus; readonly sha: string }
  | { readonly event: 'check_run'; readonly action: 'created' | 'completed'; readonly run: CheckRun }
  | { readonly event: 'check_suite'; readonly action: 'completed'; readonly suite: CheckSuite }
  | {
      readonly event: 'workflow_run'
      readonly action: 'requested' | 'in_progress' | 'completed'
      readonly suite: CheckSuite
    }
  | {
      readonly event: 'repository'
      readonly action:
        | 'renamed'
        | 'transferred'
        | 'archived'
        | 'unarchived'
        | 'edited'
        | 'deleted'
        | 'privatized'
        | 'publicized'
      readonly changes?: Readonly<Record<string, unknown>>
    }
)

export interface TextChanges {
  readonly title?: { readonly from: string }
  readonly body?: { readonly from: string }
  readonly base?: { readonly ref: { readonly from: string }; readonly sha: { readonly from: string } }
}
