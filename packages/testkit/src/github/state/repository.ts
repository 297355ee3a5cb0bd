import type { Permission } from '../control/account.ts'
import type { CheckScript } from '../control/checks.ts'
import type { BranchProtection, NewRuleset } from '../control/repository.ts'
import type { ChangedFile } from '../git/changes.ts'
import type { CommitFacts } from '../git/history.ts'
import type { User } from './account.ts'
import type { CheckRun, CheckSuite, CommitStatus, OpenPlan, Workflow } from './check.ts'
import type { Hook } from './hook.ts'
import type { Issue, Label } from './issue.ts'

export interface Protection extends Required<BranchProtection> {
  readonly branch: string
}

export interface Ruleset extends Required<NewRuleset> {
  readonly id: number
}

/** Commits only the head has, and only the base has. */
export interface Distance {
  readonly ahead: number
  readonly behind: number
}

export interface Repository {
  readonly id: number
  readonly gitDir: string
  owner: User
  name: string
  description: string | null
  isPrivate: boolean
  archived: boolean
  disabled: boolean
  hasIssues: boolean
  allowSquashMerge: boolean
  allowMergeCommit: boolean
  allowRebaseMerge: boolean
  deleteBranchOnMerge: boolean
  lazyMergeability: boolean
  defaultBranch: string
  readonly createdAt: string
  updatedAt: string
  pushedAt: string
  readonly permissions: Map<number, Permission>
  readonly labels: Map<string, Label>
  readonly issues: Map<number, Issue>
  nextNumber: number
  /** Branches by name. Kept beside git, so that reading state starts no process. */
  readonly branches: Map<string, string>
  readonly pushes: Map<string, number>
  readonly protections: Map<string, Protection>
  readonly rulesets: Ruleset[]
  readonly suites: Map<string, CheckSuite[]>
  readonly statuses: Map<string, CommitStatus[]>
  readonly runs: Map<number, CheckRun>
  readonly workflows: Map<string, Workflow>
  readonly hooks: Map<number, Hook>
  /** What git found out about two commits, by `<base> <head>`: the tree of their merge (null: there are conflicts), … */
  readonly mergedTrees: Map<string, Promise<string | null>>
  readonly distances: Map<string, Promise<Distance>>
  readonly changes: Map<string, Promise<readonly ChangedFile[]>>
  /** What git said of a commit. */
  readonly commits: Map<string, Promise<CommitFacts>>
  /** Keys whose mergeability somebody has looked at: where it is lazy, it is known from the second look on. */
  readonly looked: Set<string>
  openPlans: OpenPlan[]
  script: CheckScript | null
  deleted: boolean
}

export function fullNameOf({ owner, name }: Pick<Repository, 'owner' | 'name'>): string {
  return `${owner.login}/${name}`
}
