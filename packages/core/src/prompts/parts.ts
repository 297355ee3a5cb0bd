import type { PromptTemplateKind } from '../definitions.ts'
import type { AttemptReason } from '../run-state.ts'
import { cutBytes, oneLine } from '../text.ts'
import { foreign, withClosedBlock } from './foreign.ts'
import type { PromptRequest } from './request.ts'
import { codingRules, jobRules, reviewRules } from './rules.ts'
import { dependencySection, problemSections } from './sections.ts'

/** Of a task that the session has already, this many bytes are repeated. */
const CITED_TASK_BYTES = 8 * 1024
/** Of a task that a reviewer is told, and of its summary. */
const REVIEWED_TASK_BYTES = 64 * 1024
const SUMMARY_BYTES = 16 * 1024

/** What a template gets, and what its agent must be told in any case. */
export interface PromptParts {
  readonly variables: Readonly<Record<string, unknown>>
  /** In the order in which they are appended where a template leaves them out; those that are empty are not told. */
  readonly needed: readonly string[]
}

/** Why it is called once more; the templates of a kind that is for one reason say it themselves. */
const OPENINGS: Readonly<Partial<Record<AttemptReason, string>>> = {
  retry:
    'The attempt before this one failed. Its work is still here: look at it first, then go on with the task.',
  resume: 'A person asks you to go on with this task. What was done so far is still here.',
  restart:
    'Work on this task was interrupted or is started afresh. What was done so far is still here: look at it first (git status, git log), then go on.',
}

const REVIEW_AGAIN =
  'A review of this change was begun before and came to no verdict that could be read. Begin again, and mind the form of the answer.'
const JOB_AGAIN: Readonly<Partial<Record<AttemptReason, string>>> = {
  retry:
    'The attempt before this one failed. Files it left are still here: look at them first, then go on with the task.',
  resume: 'A person asks you to go on with this task. Files that were made so far are still here.',
  restart:
    'Work on this task was interrupted or is started afresh. Files that were made so far are still here: look at them first, then go on.',
}

/** Every variable of `variablesOf(kind)`, ready to be put in: what comes from elsewhere is marked as data. */
export function promptParts(request: PromptRequest, kind: PromptTemplateKind): PromptParts {
  const { run, attempt } = request
  const problems = problemSections(attempt.context, {
    branch: run.branch,
    baseRef: run.baseRef,
    purpose: attempt.purpose,
  })
  const problemList = [
    problems.othersCommits,
    problems.conflict,
    problems.failedChecks,
    problems.requestedChanges,
    problems.previousError,
    problems.uncommittedFiles,
  ].filter((section) => section !== '')
  const opening = attempt.purpose === 'commit' ? '' : openingOf(kind, attempt.reason)
  const instructions = attempt.context.personPrompt ?? ''
  const task = taskOf(request, kind)
  const rules = rulesOf(request, kind)
  const dependencies = attempt.purpose === 'commit' ? '' : dependencySection(request.dependencies ?? [])
  const variables = {
    title: oneLine(request.review?.taskTitle ?? run.title, 500),
    task,
    task_id: run.id ?? '',
    rules,
    opening,
    instructions,
    problems: problemList.join('\n\n'),
    previous_error: problems.previousError,
    failed_checks: problems.failedChecks,
    requested_changes: problems.requestedChanges,
    others_commits: problems.othersCommits,
    conflict: problems.conflict,
    uncommitted_files: problems.uncommittedFiles,
    dependencies,
    ticket: oneLine(run.ticket ?? '', 200),
    ...repositoryVariables(request),
    ...(kind === 'review' ? reviewVariables(request) : {}),
  }
  const toldTask = attempt.resumesSession ? [] : [task]
  return {
    variables: { ...variables, ...olderNames(variables) },
    needed: [opening, instructions, ...problemList, dependencies, ...toldTask, rules],
  }
}

function openingOf(kind: PromptTemplateKind, reason: AttemptReason): string {
  if (kind === 'review') return reason === 'first' ? '' : REVIEW_AGAIN
  return (kind === 'job' ? JOB_AGAIN : OPENINGS)[reason] ?? ''
}

function taskOf({ run, attempt, review }: PromptRequest, kind: PromptTemplateKind): string {
  if (kind === 'review') {
    const { taskTitle, taskPrompt } = review ?? { taskTitle: run.title, taskPrompt: run.prompt }
    return foreign(
      'the task as its author was given it',
      `${oneLine(taskTitle, 500)}\n\n${taskPrompt}`,
      REVIEWED_TASK_BYTES,
    )
  }
  const cited = attempt.resumesSession ? cutBytes(run.prompt, CITED_TASK_BYTES) : run.prompt
  if (cited === run.prompt) return cited
  return `${withClosedBlock(cited)}\n\n(You were given the whole task at the beginning of this session.)`
}

function rulesOf({ run, attempt }: PromptRequest, kind: PromptTemplateKind): string {
  if (kind === 'review') return reviewRules()
  return kind === 'job' ? jobRules() : codingRules(run.branch, attempt.reason)
}

function repositoryVariables({ run, repository }: PromptRequest) {
  return {
    repo: oneLine(repository?.name ?? '', 500),
    repo_url: repository?.url ?? '',
    branch: run.branch,
    base: run.baseRef,
    pr_number: run.prNumber ?? null,
    auto_merge: repository?.autoMerge ?? false,
    test_command: repository?.testCommand ?? '',
  }
}

function reviewVariables({ review }: PromptRequest) {
  const summary = review?.resultSummary?.trim() ?? ''
  return {
    head: review?.headSha ?? '',
    base_sha: review?.baseSha ?? '',
    summary: summary === '' ? '' : foreign('what the author says was done', summary, SUMMARY_BYTES),
  }
}

function olderNames(of: {
  readonly title: string
  readonly task: string
  readonly task_id: string
  readonly ticket: string
  readonly repo: string
  readonly branch: string
  readonly base: string
  readonly auto_merge: boolean
  readonly pr_number: number | null
  readonly test_command: string
}) {
  return {
    TASK_TITLE: of.title,
    TASK_BODY: of.task,
    TASK_ID: of.task_id,
    ISSUE_NUMBER: of.ticket,
    REPO_NAME: of.repo,
    BRANCH_NAME: of.branch,
    BASE_BRANCH: of.base,
    AUTO_MERGE: of.auto_merge,
    PR_NUMBER: of.pr_number,
    TEST_COMMAND: of.test_command,
  }
}
