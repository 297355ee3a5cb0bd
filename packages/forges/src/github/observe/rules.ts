import type { RepositoryRef } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, refusalOf, repositoryPath } from '../http/client.ts'
import { restPages } from '../http/pages.ts'
import { type Fields, fields, fieldsOrNull, flag, integerOrNull, list, text } from '../shape.ts'

export interface RequiredCheck {
  readonly name: string
  /** Only that app's word counts; null when anybody's does. */
  readonly appId: number | null
}

/** What the rules for a branch want of a pull request, as far as anybody with read access is told. */
export interface BranchRules {
  readonly requiredChecks: readonly RequiredCheck[]
  /** Approving reviews, of rulesets alone: classic protection tells them only to administrators. */
  readonly requiredReviews: number
  readonly resolvedConversations: boolean
  readonly mergeQueue: boolean
}

export const NO_RULES: BranchRules = {
  requiredChecks: [],
  requiredReviews: 0,
  resolvedConversations: false,
  mergeQueue: false,
}

export interface RulesReader {
  read(repository: RepositoryRef, branch: string, priority: Priority): Promise<BranchRules>
}

/** Rulesets and classic protection change seldom, and what has not changed is answered with 304, at no cost. */
const FRESH_MS = 5 * 60_000
const MAX_BRANCHES = 2000
const MAX_PAGES = 5

/** @param now milliseconds since the epoch. */
export function createRulesReader(client: GithubClient, now: () => number): RulesReader {
  const known = new Map<string, { readonly at: number; readonly rules: Promise<BranchRules> }>()
  return {
    read: (repository, branch, priority) => {
      const key = `${repository.workspaceId} ${repository.id} ${branch}`
      const found = known.get(key)
      if (found !== undefined && now() - found.at < FRESH_MS) return found.rules
      const entry = { at: now(), rules: readRules(client, repository, branch, priority) }
      known.delete(key)
      known.set(key, entry)
      // What was not answered is not remembered.
      entry.rules.catch(() => {
        if (known.get(key) === entry) known.delete(key)
      })
      for (const oldest of known.keys()) {
        if (known.size <= MAX_BRANCHES) break
        known.delete(oldest)
      }
      return entry.rules
    },
  }
}

async function readRules(
  client: GithubClient,
  repository: RepositoryRef,
  branch: string,
  priority: Priority,
): Promise<BranchRules> {
  const [classic, rulesets] = await Promise.all([
    readClassic(client, repository, branch, priority),
    readRulesets(client, repository, branch, priority),
  ])
  return { ...rulesets, requiredChecks: [...classic, ...rulesets.requiredChecks] }
}

/** Checks that classic protection requires: these the branch itself tells, to whoever may read it. */
async function readClassic(
  client: GithubClient,
  repository: RepositoryRef,
  branch: string,
  priority: Priority,
): Promise<readonly RequiredCheck[]> {
  const { status, data } = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'branches', branch),
    priority,
    about: aboutOf(repository),
  })
  // The branch is gone: there is nothing to merge into, which the pull request says itself.
  if (status === 404) return []
  if (status !== 200) throw refused(repository, branch, status, data)
  const answer = fields(data, 'a branch')
  if (!flag(answer, 'protected')) return []
  const protection = fieldsOrNull(answer.protection, 'a protection')
  const checks = fieldsOrNull(protection?.required_status_checks, 'required checks')
  if (checks === null || checks.enforcement_level === 'off') return []
  const byApp = checks.checks === undefined ? [] : list(checks.checks, 'required checks')
  const named = byApp.map((check) => requiredCheck(fields(check, 'a required check'), 'app_id'))
  const contexts = checks.contexts === undefined ? [] : list(checks.contexts, 'required checks')
  const others = contexts.filter(
    (name): name is string => typeof name === 'string' && !named.some((check) => check.name === name),
  )
  return [...named, ...others.map((name) => ({ name, appId: null }))]
}

async function readRulesets(
  client: GithubClient,
  repository: RepositoryRef,
  branch: string,
  priority: Priority,
): Promise<BranchRules> {
  let rules = NO_RULES
  const request = {
    method: 'GET' as const,
    path: repositoryPath(repository, 'rules', 'branches', branch),
    priority,
    about: aboutOf(repository),
  }
  for await (const { status, data } of restPages<unknown>(client, request, MAX_PAGES)) {
    // A server that knows no rulesets, or a plan without them.
    if (status === 404 || (status === 403 && /upgrade to github/i.test(refusalOf(data).message))) return rules
    if (status !== 200) throw refused(repository, branch, status, data)
    for (const rule of list(data, 'rules')) rules = withRule(rules, fields(rule, 'a rule'))
  }
  return rules
}

function withRule(rules: BranchRules, rule: Fields): BranchRules {
  const parameters = fieldsOrNull(rule.parameters, 'a rule') ?? {}
  switch (text(rule, 'type')) {
    case 'required_status_checks': {
      const checks = list(parameters.required_status_checks, 'required checks')
      const named = checks.map((check) => requiredCheck(fields(check, 'a required check'), 'integration_id'))
      return { ...rules, requiredChecks: [...rules.requiredChecks, ...named] }
    }
    case 'pull_request': {
      const wanted = integerOrNull(parameters, 'required_approving_review_count') ?? 0
      return {
        ...rules,
        requiredReviews: Math.max(rules.requiredReviews, wanted),
        resolvedConversations:
          rules.resolvedConversations || parameters.required_review_thread_resolution === true,
      }
    }
    case 'merge_queue':
      return { ...rules, mergeQueue: true }
    default:
      return rules
  }
}

/** An app of -1 is any. */
function requiredCheck(check: Fields, app: 'app_id' | 'integration_id'): RequiredCheck {
  const appId = integerOrNull(check, app)
  return { name: text(check, 'context'), appId: appId === null || appId <= 0 ? null : appId }
}

function refused(repository: RepositoryRef, branch: string, status: number, data: unknown): NoAnswer {
  const { message } = refusalOf(data)
  return new NoAnswer(
    status === 403 ? 'credential' : 'failing',
    `GitHub did not tell the rules for ${branch} of ${repository.fullName} (${status}): ${message.slice(0, 200)}`,
  )
}
