import type { BranchProtection } from '../control/repository.ts'
import type { Protection, Repository, Ruleset } from '../state/repository.ts'

/** What must hold before something may come onto a branch: its protection and all rulesets that are in force, together. */
export interface BranchRules {
  readonly requiredChecks: ReadonlySet<string>
  readonly requiredReviews: number
  readonly dismissStaleReviews: boolean
  readonly requireConversationResolution: boolean
  readonly strict: boolean
  readonly enforceAdmins: boolean
  /** Whether anything is required or forbidden at all. */
  readonly any: boolean
}

export function rulesetsFor(repository: Repository, branch: string): Ruleset[] {
  return repository.rulesets.filter(
    ({ enforcement, branches }) =>
      enforcement === 'active' &&
      branches.some(
        (name) => name === branch || (name === '~DEFAULT_BRANCH' && branch === repository.defaultBranch),
      ),
  )
}

export function rulesFor(repository: Repository, branch: string): BranchRules {
  const protection = repository.protections.get(branch)
  const all: (Protection | Ruleset)[] = [
    ...(protection === undefined ? [] : [protection]),
    ...rulesetsFor(repository, branch),
  ]
  return {
    requiredChecks: new Set(all.flatMap(({ requiredChecks }) => requiredChecks)),
    requiredReviews: Math.max(0, ...all.map(({ requiredReviews }) => requiredReviews)),
    dismissStaleReviews: all.some(({ dismissStaleReviews }) => dismissStaleReviews),
    requireConversationResolution: all.some((each) => each.requireConversationResolution),
    strict: all.some(({ strict, requiredChecks }) => strict && requiredChecks.length > 0),
    enforceAdmins: all.some(({ enforceAdmins }) => enforceAdmins),
    any: all.length > 0,
  }
}

/**
 * What the update hook of the repository is told: branches that take no direct push, or no forced one.
 * Checks are never there for a commit that is pushed directly, so required ones refuse it, too.
 */
export function refusedRefs(repository: Repository, isAdmin: boolean): string {
  return [...repository.branches.keys()]
    .flatMap((branch) => {
      const rules = rulesFor(repository, branch)
      if (!rules.any || (isAdmin && !rules.enforceAdmins)) return []
      const ref = `refs/heads/${branch}`
      if (rules.requiredReviews > 0) {
        return [`${ref} all Changes must be made through a pull request.`]
      }
      if (rules.requiredChecks.size > 0) {
        return [
          `${ref} all ${rules.requiredChecks.size} of ${rules.requiredChecks.size} required status checks are expected.`,
        ]
      }
      return [`${ref} force Cannot force-push to this branch`]
    })
    .join('\n')
}

/** With what GitHub takes where nothing is said. */
export function wholeRules(rules: BranchProtection): Required<BranchProtection> {
  return {
    requiredChecks: rules.requiredChecks ?? [],
    requiredReviews: rules.requiredReviews ?? 0,
    dismissStaleReviews: rules.dismissStaleReviews ?? false,
    requireConversationResolution: rules.requireConversationResolution ?? false,
    strict: rules.strict ?? false,
    enforceAdmins: rules.enforceAdmins ?? true,
  }
}
