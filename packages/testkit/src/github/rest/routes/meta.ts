import { canSee } from '../../http/access.ts'
import { jsonAnswer } from '../../http/answer.ts'
import { notFound } from '../../state/refusal.ts'
import { listAnswer } from '../page.ts'
import { route } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { repositoryView } from '../views/repositories.ts'
import { privateUserView, publicUserView } from '../views/users.ts'

function rootView(api: string): Schemas['root'] {
  return {
    current_user_url: `${api}/user`,
    current_user_authorizations_html_url: `${api}/settings/connections/applications{/client_id}`,
    authorizations_url: `${api}/authorizations`,
    code_search_url: `${api}/search/code?q={query}{&page,per_page,sort,order}`,
    commit_search_url: `${api}/search/commits?q={query}{&page,per_page,sort,order}`,
    emails_url: `${api}/user/emails`,
    emojis_url: `${api}/emojis`,
    events_url: `${api}/events`,
    feeds_url: `${api}/feeds`,
    followers_url: `${api}/user/followers`,
    following_url: `${api}/user/following{/target}`,
    gists_url: `${api}/gists{/gist_id}`,
    issue_search_url: `${api}/search/issues?q={query}{&page,per_page,sort,order}`,
    issues_url: `${api}/issues`,
    keys_url: `${api}/user/keys`,
    label_search_url: `${api}/search/labels?q={query}&repository_id={repository_id}{&page,per_page}`,
    notifications_url: `${api}/notifications`,
    organization_url: `${api}/orgs/{org}`,
    organization_repositories_url: `${api}/orgs/{org}/repos{?type,page,per_page,sort}`,
    organization_teams_url: `${api}/orgs/{org}/teams`,
    public_gists_url: `${api}/gists/public`,
    rate_limit_url: `${api}/rate_limit`,
    repository_url: `${api}/repos/{owner}/{repo}`,
    repository_search_url: `${api}/search/repositories?q={query}{&page,per_page,sort,order}`,
    current_user_repositories_url: `${api}/user/repos{?type,page,per_page,sort}`,
    starred_url: `${api}/user/starred{/owner}{/repo}`,
    starred_gists_url: `${api}/gists/starred`,
    user_url: `${api}/users/{user}`,
    user_organizations_url: `${api}/user/orgs`,
    user_repositories_url: `${api}/users/{user}/repos{?type,page,per_page,sort}`,
    user_search_url: `${api}/search/users?q={query}{&page,per_page,sort,order}`,
  }
}

export const META_ROUTES = [
  route('GET', '/', ({ world }) => jsonAnswer(200, rootView(world.apiUrl))),
  route('GET', '/meta', () => {
    // `installed_version` is what tells an Enterprise Server.
    const meta: Schemas['api-overview'] & { installed_version: string } = {
      verifiable_password_authentication: false,
      installed_version: '3.17.0',
    }
    return jsonAnswer(200, meta)
  }),
  route('GET', '/rate_limit', ({ limits, token }) => {
    const core = limits.shown(token, 'core')
    const overview: Schemas['rate-limit-overview'] = {
      resources: { core, graphql: limits.shown(token, 'graphql'), search: limits.shown(token, 'search') },
      rate: core,
    }
    return jsonAnswer(200, overview)
  }),
  route('GET', '/user', ({ world, user }) => jsonAnswer(200, privateUserView(world, user))),
  route('GET', '/user/repos', (request) => {
    const { world, user, token } = request
    const own = [...world.repositories.values()].filter(
      (repository) =>
        !repository.deleted &&
        (repository.owner === user || repository.permissions.has(user.id)) &&
        canSee(world, repository, token),
    )
    return listAnswer(request, own, (repository) => repositoryView(world, repository, user))
  }),
  route('GET', '/users/:login', (request) => {
    const user = request.world.users.get(request.param('login').toLowerCase())
    if (user === undefined) throw notFound()
    return jsonAnswer(200, publicUserView(request.world, user))
  }),
]
