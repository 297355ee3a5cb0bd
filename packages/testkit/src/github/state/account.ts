import type { TokenPermissions } from '../control/account.ts'

export interface User {
  readonly id: number
  readonly login: string
  readonly type: 'User' | 'Bot' | 'Organization'
  readonly name: string
  readonly email: string
  readonly createdAt: string
}

export interface Token {
  readonly value: string
  readonly user: User
  /** Of a classic one; null: it is fine-grained. */
  readonly scopes: readonly string[] | null
  readonly permissions: TokenPermissions
  /** Ids of the repositories a fine-grained one is limited to; null: no limit. */
  readonly repositories: ReadonlySet<number> | null
  readonly expiresAt: number | null
  revoked: boolean
}
