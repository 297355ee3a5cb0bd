import type { CheckConclusion, CheckObservation } from '@optio/core'
import type { CombinedState, FoundCheck, FoundChecks } from './found.ts'
import type { BranchRules, RequiredCheck } from './rules.ts'

const MAX_SUMMARY = 500

/** What of GitHub Actions is waited for, and why, in words. */
export interface AwaitedWorkflow {
  readonly name: string
  readonly summary: string
}

/**
 * The checks of a head that count, as policies read them: of each the latest, required ones that have not reported as waiting ones,
 * and one that waits for each workflow whose jobs are not all known yet. Nothing here is good unless GitHub said so.
 *
 * @param logs by the id of a check.
 * @param awaited workflows of this head that have not begun, or whose end nothing here tells.
 */
export function checkItems(
  found: FoundChecks,
  rules: BranchRules,
  logs: ReadonlyMap<string, string>,
  awaited: readonly AwaitedWorkflow[],
): readonly CheckObservation[] {
  const latest = latestOf(found.all)
  return [
    ...latest.map((check) => itemOf(check, isRequired(check, rules), logs.get(check.id) ?? null)),
    ...(found.someHidden ? [hiddenItem(found, latest, rules, logs)] : []),
    ...unfinishedWorkflows(latest).map((name) =>
      waiting(name, 'the workflow is not done: more jobs may follow'),
    ),
    ...(found.someHidden ? [] : missing(latest, rules)).map(({ name }) => ({
      ...waiting(name, 'required; has not reported yet'),
      required: true,
    })),
    ...awaited.map(({ name, summary }) => waiting(name, summary)),
  ]
}

/** Id of the check that stands for all that may not be read. */
export function hiddenCheckId(found: FoundChecks): string {
  return `hidden:${found.sha}:${found.combined}`
}

/**
 * What ran again replaces what it was before: the same name by the same app, and of GitHub Actions in the same workflow and for the
 * same kind of event.
 */
export function latestOf(all: readonly FoundCheck[]): readonly FoundCheck[] {
  const latest = new Map<string, FoundCheck>()
  for (const check of all) {
    const { kind, name, appSlug, appId, workflow } = check
    const key = JSON.stringify([kind, name, appSlug ?? appId, workflow?.name, workflow?.event])
    const before = latest.get(key)
    if (before === undefined || check.order > before.order) latest.set(key, check)
  }
  return [...latest.values()]
}

export function isRequired(check: FoundCheck, { requiredChecks }: BranchRules): boolean {
  return check.isRequired === true || requiredChecks.some((required) => satisfies(check, required))
}

function satisfies(check: FoundCheck, { name, appId }: RequiredCheck): boolean {
  return check.name === name && (appId === null || check.appId === null || check.appId === appId)
}

function missing(latest: readonly FoundCheck[], { requiredChecks }: BranchRules): readonly RequiredCheck[] {
  const absent = requiredChecks.filter((required) => !latest.some((check) => satisfies(check, required)))
  return absent.filter(({ name }, i) => absent.findIndex((other) => other.name === name) === i)
}

/**
 * Jobs that wait for others of their workflow are not there before those are done. Between the two everything that has reported is
 * good, and the workflow is not.
 */
function unfinishedWorkflows(latest: readonly FoundCheck[]): readonly string[] {
  const done = new Map<number, { name: string; isDone: boolean }>()
  for (const { workflow, status } of latest) {
    if (workflow === null) continue
    const before = done.get(workflow.id)?.isDone ?? false
    // One that is under way already says that the workflow is.
    done.set(workflow.id, {
      name: workflow.name,
      isDone: before || workflow.isDone || status !== 'completed',
    })
  }
  return [...new Set([...done.values()].filter(({ isDone }) => !isDone).map(({ name }) => name))]
}

function itemOf(check: FoundCheck, required: boolean, log: string | null): CheckObservation {
  const conclusion = check.status === 'completed' ? conclusionOf(check.conclusion) : null
  return {
    name: check.name,
    status: check.status,
    conclusion,
    summary: check.summary.trim().slice(0, MAX_SUMMARY) || wordsOf(check),
    url: check.url,
    log,
    required,
    id: check.id,
  }
}

function hiddenItem(
  found: FoundChecks,
  latest: readonly FoundCheck[],
  rules: BranchRules,
  logs: ReadonlyMap<string, string>,
): CheckObservation {
  const state = found.combined
  const id = hiddenCheckId(found)
  return {
    name: 'checks this credential may not read',
    status: state === 'pending' ? 'running' : state === null || state === 'expected' ? 'queued' : 'completed',
    conclusion: COMBINED[state ?? 'pending'],
    summary: 'what GitHub says of all checks together',
    url: null,
    log: logs.get(id) ?? null,
    required: missing(latest, rules).length > 0,
    id,
  }
}

function waiting(name: string, summary: string): CheckObservation {
  return { name, status: 'queued', conclusion: null, summary, url: null, log: null }
}

function wordsOf({ status, conclusion }: FoundCheck): string {
  return status === 'completed' ? (conclusion ?? 'ended without a conclusion').replaceAll('_', ' ') : status
}

/** What Optio does not know ended, but not well. */
function conclusionOf(conclusion: string | null): CheckConclusion | null {
  if (conclusion === null) return null
  return Object.hasOwn(CONCLUSIONS, conclusion) ? (CONCLUSIONS[conclusion] ?? 'error') : 'error'
}

const CONCLUSIONS: Readonly<Record<string, CheckConclusion>> = {
  success: 'success',
  failure: 'failure',
  timed_out: 'timed_out',
  cancelled: 'cancelled',
  stale: 'cancelled',
  neutral: 'neutral',
  skipped: 'skipped',
  error: 'error',
  action_required: 'error',
  startup_failure: 'error',
}

const COMBINED: Readonly<Record<CombinedState, CheckConclusion | null>> = {
  success: 'success',
  failure: 'failure',
  error: 'failure',
  pending: null,
  expected: null,
}

const GOOD: readonly (CheckConclusion | null)[] = ['success', 'neutral', 'skipped']

/** Those that decide: the required ones where any is, else all. */
function decidingItems(items: readonly CheckObservation[]): readonly CheckObservation[] {
  const required = items.filter((item) => item.required === true)
  return required.length > 0 ? required : items
}

/** Whether no check stands in the way any more. */
export function decidedWell(items: readonly CheckObservation[]): boolean {
  return decidingItems(items).every(
    ({ status, conclusion }) => status === 'completed' && GOOD.includes(conclusion),
  )
}
