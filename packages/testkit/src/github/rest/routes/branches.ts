import { rulesetsFor } from '../../deeds/rules.ts'
import { readCommit } from '../../git/history.ts'
import { jsonAnswer } from '../../http/answer.ts'
import { notFound, Refusal } from '../../state/refusal.ts'
import type { Protection, Repository, Ruleset } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import { listAnswer } from '../page.ts'
import { ADMIN, READ, repositoryRoute } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { commitView } from '../views/commits.ts'
import { repositoryUrl, webUrlOf } from '../views/repositories.ts'

function checksView(protection: Protection) {
  return {
    contexts: [...protection.requiredChecks],
    checks: protection.requiredChecks.map((context) => ({ context, app_id: null })),
  } satisfies Schemas['protected-branch-required-status-check']
}

/** Of a classic protection; rulesets do not show here, but make the branch protected. */
function summaryView(repository: Repository, branch: string): Schemas['branch-protection'] {
  const protection = repository.protections.get(branch)
  if (protection === undefined) {
    const none = { enforcement_level: 'off', contexts: [], checks: [] }
    return { enabled: false, required_status_checks: none }
  }
  const level =
    protection.requiredChecks.length === 0 ? 'off' : protection.enforceAdmins ? 'everyone' : 'non_admins'
  return { enabled: true, required_status_checks: { enforcement_level: level, ...checksView(protection) } }
}

function isProtected(repository: Repository, branch: string): boolean {
  return repository.protections.has(branch) || rulesetsFor(repository, branch).length > 0
}

function protectionView(
  world: World,
  repository: Repository,
  protection: Protection,
): Schemas['branch-protection'] {
  const url = `${repositoryUrl(world, repository)}/branches/${encodeURIComponent(protection.branch)}/protection`
  return {
    url,
    ...(protection.requiredChecks.length === 0
      ? {}
      : {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: protection.strict,
            ...checksView(protection),
            contexts_url: `${url}/required_status_checks/contexts`,
          },
        }),
    ...(protection.requiredReviews === 0
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: protection.dismissStaleReviews,
            require_code_owner_reviews: false,
            require_last_push_approval: false,
            required_approving_review_count: protection.requiredReviews,
          },
        }),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
    required_conversation_resolution: { enabled: protection.requireConversationResolution },
    lock_branch: { enabled: false },
  }
}

/** The rules of a ruleset, one by one, as `GET …/rules/branches/{branch}` lists them. */
function rulesView(repository: Repository, ruleset: Ruleset) {
  const source = {
    ruleset_source_type: 'Repository',
    ruleset_source: `${repository.owner.login}/${repository.name}`,
    ruleset_id: ruleset.id,
  }
  return [
    ...(ruleset.requiredChecks.length === 0
      ? []
      : [
          {
            type: 'required_status_checks',
            ...source,
            parameters: {
              required_status_checks: ruleset.requiredChecks.map((context) => ({ context })),
              strict_required_status_checks_policy: ruleset.strict,
              do_not_enforce_on_create: false,
            },
          },
        ]),
    ...(ruleset.requiredReviews === 0 && !ruleset.requireConversationResolution
      ? []
      : [
          {
            type: 'pull_request',
            ...source,
            parameters: {
              dismiss_stale_reviews_on_push: ruleset.dismissStaleReviews,
              require_code_owner_review: false,
              require_last_push_approval: false,
              required_approving_review_count: ruleset.requiredReviews,
              required_review_thread_resolution: ruleset.requireConversationResolution,
              allowed_merge_methods: ['merge', 'squash', 'rebase'],
            },
          },
        ]),
  ]
}

function headOf(repository: Repository, branch: string): string {
  const sha = repository.branches.get(branch)
  if (sha === undefined) throw new Refusal(404, 'Branch not found')
  return sha
}

export const BRANCH_ROUTES = [
  repositoryRoute('GET', '/branches', READ('contents=read'), (request, repository) => {
    const asked = request.query.get('protected')
    const branches = [...repository.branches]
      .filter(([name]) => asked === null || isProtected(repository, name) === (asked === 'true'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return listAnswer(request, branches, ([name, sha]): Schemas['short-branch'] => ({
      name,
      commit: { sha, url: `${repositoryUrl(request.world, repository)}/commits/${sha}` },
      protected: isProtected(repository, name),
    }))
  }),
  repositoryRoute('GET', '/branches/:branch', READ('contents=read'), async (request, repository) => {
    const { world } = request
    const name = request.param('branch')
    const commit = await readCommit(repository.gitDir, headOf(repository, name))
    if (commit === null) throw notFound()
    const self = `${repositoryUrl(world, repository)}/branches/${encodeURIComponent(name)}`
    const branch: Schemas['branch-with-protection'] = {
      name,
      commit: commitView(world, repository, commit),
      _links: { self, html: `${webUrlOf(world, repository)}/tree/${name}` },
      protected: isProtected(repository, name),
      protection: summaryView(repository, name),
      protection_url: `${self}/protection`,
    }
    return jsonAnswer(200, branch)
  }),
  // Whoever is no admin is told nothing, not even that it is protected.
  repositoryRoute(
    'GET',
    '/branches/:branch/protection',
    ADMIN('administration=read'),
    (request, repository) => {
      const name = request.param('branch')
      headOf(repository, name)
      const protection = repository.protections.get(name)
      if (protection === undefined) throw new Refusal(404, 'Branch not protected')
      return jsonAnswer(200, protectionView(request.world, repository, protection))
    },
  ),
  repositoryRoute('GET', '/rules/branches/:branch', READ('metadata=read'), (request, repository) =>
    listAnswer(
      request,
      rulesetsFor(repository, request.param('branch')).flatMap((ruleset) => rulesView(repository, ruleset)),
      (rule) => rule,
    ),
  ),
]
