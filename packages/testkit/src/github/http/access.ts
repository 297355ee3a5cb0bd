import type { Permission } from '../control/account.ts'
import type { Token, User } from '../state/account.ts'
import { notFound, Refusal } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'

/** What a request needs of the repository it is about. */
export interface Need {
  /** What its user must be allowed. */
  readonly access: Exclude<Permission, 'none'>
  /** What a fine-grained token must have: all of `,`, any of `;`, as `X-Accepted-GitHub-Permissions` tells it. */
  readonly permissions: string
}

const RANK: Readonly<Record<Permission, number>> = { none: 0, read: 1, write: 2, admin: 3 }

/** Whether a request with this credential may see the repository at all. */
export function canSee(world: World, repository: Repository, token: Token | null): boolean {
  if (!repository.isPrivate) return true
  if (token === null || world.permissionOf(token.user, repository) === 'none') return false
  if (token.scopes !== null) return token.scopes.includes('repo')
  return token.repositories === null || token.repositories.has(repository.id)
}

/** Throws what GitHub answers to a credential that does not suffice. */
export function checkAccess(world: World, repository: Repository, token: Token | null, need: Need): void {
  if (!canSee(world, repository, token)) throw notFound()
  if (repository.disabled && need.access !== 'read') {
    throw new Refusal(403, 'Repository access blocked')
  }
  if (token === null) {
    if (need.access === 'read') return
    throw new Refusal(401, 'Requires authentication')
  }
  if (token.scopes === null) checkFineGrained(repository, token, need)
  else if (!reads(need) && !mayWrite(token.scopes, repository, need)) throw notFound()
  const rank = RANK[world.permissionOf(token.user, repository)]
  if (rank < RANK[need.access]) {
    if (need.access === 'admin') throw notFound()
    throw new Refusal(403, 'Must have push access to the repository.')
  }
  if (repository.archived && need.access !== 'read') {
    throw new Refusal(403, 'Repository was archived so is read-only.')
  }
}

/** Whether nothing is changed; who can read may comment, but that changes something. */
function reads({ access, permissions }: Need): boolean {
  return access === 'read' && !permissions.includes('=write')
}

function mayWrite(scopes: readonly string[], { isPrivate }: Repository, { permissions }: Need): boolean {
  if (scopes.includes('repo') || (!isPrivate && scopes.includes('public_repo'))) return true
  return permissions.startsWith('repository_hooks') && scopes.includes('admin:repo_hook')
}

function checkFineGrained(repository: Repository, token: Token, need: Need): void {
  const { permissions } = need
  const listed = token.repositories === null || token.repositories.has(repository.id)
  const granted =
    listed && permissions.split('; ').some((all) => all.split(',').every((each) => grants(token, each)))
  // What is public may be read by any token.
  if (granted || (!repository.isPrivate && reads(need))) return
  throw new Refusal(403, 'Resource not accessible by personal access token', [], {
    'x-accepted-github-permissions': permissions,
  })
}

function grants(token: Token, permission: string): boolean {
  const [name = '', level] = permission.split('=')
  if (name === 'metadata') return true
  const granted = token.permissions[name as keyof Token['permissions']]
  return granted === 'write' || (granted === 'read' && level === 'read')
}

export function requireUser(token: Token | null): User {
  if (token === null) throw new Refusal(401, 'Requires authentication')
  return token.user
}
