import { isValidBranchName, OptioError } from '@optio/contract'

/** Answers the name when it can be a branch; throws `VALIDATION` otherwise. Only then may it stand in a ref or a revision. */
export function requireBranchName(name: string): string {
  if (isValidBranchName(name)) return name
  throw new OptioError(
    'VALIDATION',
    `${JSON.stringify(name.slice(0, 200))} cannot be the name of a branch. Give one that git accepts.`,
  )
}
