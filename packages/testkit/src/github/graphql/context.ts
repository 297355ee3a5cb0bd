import { GraphQLError } from 'graphql'
import { checkAccess, type Need } from '../http/access.ts'
import type { Token } from '../state/account.ts'
import type { PullIssue } from '../state/issue.ts'
import { Refusal } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'

/** What resolvers go by. */
export interface Context {
  readonly world: World
  readonly token: Token
  /** Things that lead back to those they are reached from. */
  readonly nodes: {
    readonly repository: (context: Context, repository: Repository) => object
    readonly pull: (context: Context, repository: Repository, issue: PullIssue) => object
  }
}

const TYPES: Readonly<Record<number, string>> = { 403: 'FORBIDDEN', 404: 'NOT_FOUND' }

/** GitHub's no, in the shape of GraphQL. */
export function errorOf({ status, message, errors }: Refusal): GraphQLError {
  const details = errors.map((each) =>
    typeof each === 'string' ? each : (each.message ?? `${each.field} ${each.code}`),
  )
  return new GraphQLError(details.length === 0 ? message : details.join('; '), {
    extensions: { type: TYPES[status] ?? 'UNPROCESSABLE' },
  })
}

/** Throws what GraphQL answers to a credential that does not suffice. */
export function demand({ world, token }: Context, repository: Repository, need: Need): void {
  try {
    checkAccess(world, repository, token, need)
  } catch (error) {
    throw error instanceof Refusal ? errorOf(error) : error
  }
}

export function missing(kind: string, what: string): GraphQLError {
  return new GraphQLError(`Could not resolve to ${kind} with the ${what}.`, {
    extensions: { type: 'NOT_FOUND' },
  })
}
