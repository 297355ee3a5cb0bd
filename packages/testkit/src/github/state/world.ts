import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { NewToken, NewUser, Permission } from '../control/account.ts'
import type { Token, User } from './account.ts'
import type { Happening } from './happening.ts'
import type { Hook } from './hook.ts'
import { fullNameOf, type Repository } from './repository.ts'

/** Scopes of a token with which a bot usually works. */
const USUAL_SCOPES = ['repo', 'workflow', 'admin:repo_hook']

/** Everybody and everything there is. */
export class World {
  readonly clock: Clock
  /** Where the server is reached. */
  readonly url: string
  readonly users = new Map<string, User>()
  readonly tokens = new Map<string, Token>()
  readonly repositories = new Map<number, Repository>()
  /** Lower-case full names, current and former, and whose they are. */
  readonly #names = new Map<string, number>()
  /** Told of all that comes about, in order. */
  tell: (happening: Happening) => void = () => undefined
  /** Sends a ping to a hook. */
  ping: (repository: Repository, hook: Hook) => void = () => undefined
  #lastId = 1000

  constructor(clock: Clock, url: string) {
    this.clock = clock
    this.url = url
  }

  get apiUrl(): string {
    return `${this.url}/api/v3`
  }

  /** Never used twice, whatever it is for. */
  id(): number {
    this.#lastId += 1
    return this.#lastId
  }

  /** The user of that name, made now if nobody was called so. */
  user(login: string): User {
    return this.users.get(login.toLowerCase()) ?? this.addUser({ login })
  }

  addUser({ login, type = 'User', name = login, email }: NewUser): User {
    const id = this.id()
    const user = {
      id,
      login,
      type,
      name,
      email: email ?? `${id}+${login}@users.noreply.github.com`,
      createdAt: this.clock.iso(),
    }
    this.users.set(login.toLowerCase(), user)
    return user
  }

  addToken({ login, scopes, permissions, repositories, expiresAt }: NewToken): Token {
    const fineGrained = permissions !== undefined
    const token: Token = {
      value: fineGrained
        ? `github_pat_${randomBytes(41).toString('hex')}`
        : `ghp_${randomBytes(18).toString('hex')}`,
      user: this.user(login),
      scopes: fineGrained ? null : (scopes ?? USUAL_SCOPES),
      permissions: permissions ?? {},
      repositories: repositories ? new Set(repositories.map((name) => this.repositoryNamed(name).id)) : null,
      expiresAt: expiresAt ?? null,
      revoked: false,
    }
    this.tokens.set(token.value, token)
    return token
  }

  addRepository(repository: Repository): void {
    this.repositories.set(repository.id, repository)
    this.name(repository)
  }

  /** From now on it is found by its present name; former ones go on to lead to it. */
  name(repository: Repository): void {
    this.#names.set(fullNameOf(repository).toLowerCase(), repository.id)
  }

  /** By current or former name; null when there is none. */
  find(fullName: string): Repository | null {
    const id = this.#names.get(fullName.toLowerCase())
    const repository = id === undefined ? undefined : this.repositories.get(id)
    return repository === undefined || repository.deleted ? null : repository
  }

  repositoryNamed(fullName: string): Repository {
    const repository = this.find(fullName)
    if (repository === null) throw new Error(`There is no repository ${fullName} in this GitHub.`)
    return repository
  }

  permissionOf(user: User | null, repository: Repository): Permission {
    const own = user === null ? undefined : repository.permissions.get(user.id)
    if (user?.id === repository.owner.id) return 'admin'
    if (own !== undefined && own !== 'none') return own
    return repository.isPrivate ? 'none' : 'read'
  }

  canWrite(user: User, repository: Repository): boolean {
    return ['admin', 'write'].includes(this.permissionOf(user, repository))
  }

  /** How the author stands to the repository, as comments and reviews tell it. */
  associationOf(author: User, repository: Repository): 'OWNER' | 'COLLABORATOR' | 'NONE' {
    if (author.id === repository.owner.id) return 'OWNER'
    return repository.permissions.has(author.id) ? 'COLLABORATOR' : 'NONE'
  }
}
