/** What a person may do in a repository. `none`: a private repository does not exist for them. */
export type Permission = 'admin' | 'write' | 'read' | 'none'

export interface NewUser {
  readonly login: string
  /** `User` unless told. */
  readonly type?: 'User' | 'Bot' | 'Organization'
  readonly name?: string
  readonly email?: string
}

/** What a fine-grained token may do; `metadata: read` always goes with it. */
export type TokenPermissions = Readonly<
  Partial<
    Record<
      | 'actions'
      | 'administration'
      | 'checks'
      | 'contents'
      | 'issues'
      | 'pull_requests'
      | 'repository_hooks'
      | 'statuses'
      | 'workflows',
      'read' | 'write'
    >
  >
>

export interface NewToken {
  /** Whose it is; a user nobody has made before is made. */
  readonly login: string
  /** Makes a classic token with these scopes (`repo`, `public_repo`, `workflow`, `admin:repo_hook`, …); the default is `['repo', 'workflow', 'admin:repo_hook']`. */
  readonly scopes?: readonly string[]
  /** Makes a fine-grained token with these permissions instead. */
  readonly permissions?: TokenPermissions
  /** Full names (`owner/name`) a fine-grained token is limited to; without it, all its user can see. */
  readonly repositories?: readonly string[]
  /** Milliseconds since 1970, by the clock of the fake. */
  readonly expiresAt?: number
}
