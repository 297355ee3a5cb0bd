import type { NewToken, NewUser } from './control/account.ts'
import type { CheckPlan } from './control/checks.ts'
import type { FakeGithub } from './control/github.ts'
import type { BranchProtection, NewIssue, NewRepository } from './control/repository.ts'
import type { NewHook } from './control/webhooks.ts'

/** What a GitHub begins with, as JSON. */
export interface Seed {
  readonly users?: readonly NewUser[]
  readonly repositories?: readonly SeedRepository[]
  readonly tokens?: readonly NewToken[]
}

export interface SeedRepository extends NewRepository {
  readonly issues?: readonly NewIssue[]
  /** By branch. */
  readonly protections?: Readonly<Record<string, BranchProtection>>
  readonly hooks?: readonly NewHook[]
  /** What every push to another branch than the default one gets. */
  readonly checks?: readonly CheckPlan[]
}

/** What there is without a seed: a repository with an issue, and somebody who can push. */
export const USUAL_SEED: Seed = {
  repositories: [
    {
      owner: 'acme',
      name: 'shop',
      permissions: { 'optio-bot': 'write' },
      issues: [{ title: 'Say hello', body: 'There is no greeting yet.' }],
      checks: [{ name: 'test', kind: 'workflow', after: 5000 }],
    },
  ],
  tokens: [{ login: 'optio-bot' }],
}

const KEYS = ['users', 'repositories', 'tokens']

/** Reads a seed; throws with what is wrong with it. */
export function readSeed(value: unknown): Seed {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('A seed is an object with users, repositories and tokens.')
  }
  for (const [key, list] of Object.entries(value)) {
    if (!KEYS.includes(key)) throw new Error(`“${key}” means nothing in a seed; it knows ${KEYS.join(', ')}.`)
    if (!Array.isArray(list)) throw new Error(`“${key}” of a seed is a list.`)
  }
  const { repositories = [], tokens = [], users = [] } = value as Seed
  for (const { owner, name } of repositories) {
    if (!owner || !name) throw new Error('Each of “repositories” needs an owner and a name.')
  }
  for (const { login } of [...tokens, ...users]) {
    if (!login) throw new Error('Each of “tokens” and “users” needs a login.')
  }
  return value as Seed
}

/** Makes all of it; answers the tokens with their owners. */
export async function plant(github: FakeGithub, seed: Seed): Promise<{ login: string; token: string }[]> {
  for (const user of seed.users ?? []) github.createUser(user)
  for (const { issues, protections, hooks, checks, ...wanted } of seed.repositories ?? []) {
    const repository = await github.createRepository(wanted)
    for (const issue of issues ?? []) repository.openIssue(issue)
    for (const [branch, protection] of Object.entries(protections ?? {}))
      repository.protect(branch, protection)
    for (const hook of hooks ?? []) repository.addHook(hook)
    if (checks) repository.onPush(({ branch }) => (branch === repository.defaultBranch ? [] : checks))
  }
  return (seed.tokens ?? []).map((token) => ({ login: token.login, token: github.createToken(token) }))
}
