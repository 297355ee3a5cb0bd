import type { User } from '../../state/account.ts'
import { nodeId } from '../../state/node-id.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'

export function userView(world: World, user: User) {
  const url = `${world.apiUrl}/users/${user.login}`
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId('User', user.id),
    avatar_url: `${world.url}/avatars/u/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.url}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    user_view_type: 'public',
    site_admin: false,
  } satisfies Schemas['simple-user']
}

export function publicUserView(world: World, user: User) {
  return {
    ...userView(world, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: user.email,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  } satisfies Schemas['public-user']
}

export function privateUserView(world: World, user: User) {
  return {
    ...publicUserView(world, user),
    private_gists: 0,
    total_private_repos: 0,
    owned_private_repos: 0,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  } satisfies Schemas['private-user']
}
