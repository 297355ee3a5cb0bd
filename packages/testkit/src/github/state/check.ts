import type { CheckAnnotationPlan, CheckConclusion, CheckPlan } from '../control/checks.ts'
import type { User } from './account.ts'

export type CheckStatus = 'queued' | 'in_progress' | 'completed'

export interface CheckApp {
  readonly id: number
  readonly slug: 'fake-ci' | 'github-actions'
  readonly name: string
}

export interface CheckSuite {
  readonly id: number
  readonly app: CheckApp
  readonly sha: string
  readonly branch: string | null
  readonly before: string | null
  readonly createdAt: string
  updatedAt: string
  readonly runs: CheckRun[]
  readonly workflowRun: WorkflowRun | null
}

export interface CheckRun {
  readonly id: number
  readonly suite: CheckSuite
  readonly name: string
  readonly detailsUrl: string | null
  status: CheckStatus
  conclusion: CheckConclusion | null
  startedAt: string
  completedAt: string | null
  title: string | null
  summary: string | null
  text: string | null
  annotations: readonly CheckAnnotationPlan[]
  /** Of a job of GitHub Actions. */
  readonly job: Job | null
}

export interface Job {
  steps: readonly { readonly name: string; readonly conclusion: CheckConclusion | null }[]
  log: string | null
}

export interface Workflow {
  readonly id: number
  readonly name: string
  readonly path: string
  readonly createdAt: string
  runs: number
}

export interface WorkflowRun {
  readonly id: number
  readonly workflow: Workflow
  /** What started it. */
  readonly event: string
  readonly number: number
  readonly actor: User
  readonly title: string
  readonly createdAt: string
}

export type StatusState = 'pending' | 'success' | 'failure' | 'error'

export interface CommitStatus {
  readonly id: number
  readonly context: string
  readonly state: StatusState
  readonly description: string | null
  readonly targetUrl: string | null
  readonly creator: User
  readonly createdAt: string
}

/** A plan on its way; kept where it waits for a hand: to start, or to end. */
export interface OpenPlan {
  readonly plan: CheckPlan
  readonly sha: string
  readonly branch: string | null
  readonly actor: User
  readonly started: boolean
}
