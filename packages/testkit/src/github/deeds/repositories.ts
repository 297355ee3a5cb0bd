import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { NewRepository, RepositorySettings } from '../control/repository.ts'
import { createBare, setDefaultBranch, updateRef } from '../git/bare.ts'
import { writeCommits } from '../git/commit.ts'
import type { User } from '../state/account.ts'
import { fullNameOf, type Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { branchMoved, deleteBranch, openPulls, signatureOf } from './pushes.ts'
import { inTurn } from './turn.ts'

/** Labels every new repository has on GitHub, the best known of them. */
const FIRST_LABELS = [
  { name: 'bug', color: 'd73a4a', description: 'Something isn’t working' },
  { name: 'enhancement', color: 'a2eeef', description: 'New feature or request' },
]

export async function createRepository(
  world: World,
  root: string,
  wanted: NewRepository,
  lazyMergeability: boolean,
): Promise<Repository> {
  const { owner: login, name, defaultBranch = 'main' } = wanted
  const there = world.find(`${login}/${name}`)
  // A name that was given up is anybody's, and leads to the new one from then on.
  if (there !== null && fullNameOf(there).toLowerCase() === `${login}/${name}`.toLowerCase())
    throw new Error(`There is a repository ${login}/${name} already.`)
  const owner = world.user(login)
  const id = world.id()
  const gitDir = join(root, `${id}.git`)
  const now = world.clock.iso()
  const repository: Repository = {
    id,
    gitDir,
    owner,
    name,
    description: wanted.description ?? null,
    isPrivate: wanted.private ?? false,
    archived: false,
    disabled: false,
    hasIssues: true,
    allowSquashMerge: true,
    allowMergeCommit: true,
    allowRebaseMerge: true,
    deleteBranchOnMerge: false,
    lazyMergeability: wanted.lazyMergeability ?? lazyMergeability,
    defaultBranch,
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
    permissions: new Map(),
    labels: new Map(FIRST_LABELS.map((label) => [label.name, { id: world.id(), ...label }])),
    issues: new Map(),
    nextNumber: 1,
    branches: new Map(),
    pushes: new Map(),
    protections: new Map(),
    rulesets: [],
    suites: new Map(),
    statuses: new Map(),
    runs: new Map(),
    workflows: new Map(),
    hooks: new Map(),
    mergedTrees: new Map(),
    distances: new Map(),
    changes: new Map(),
    commits: new Map(),
    looked: new Set(),
    openPlans: [],
    script: null,
    deleted: false,
  }
  configure(repository, wanted.settings ?? {})
  for (const [other, permission] of Object.entries(wanted.permissions ?? {})) {
    repository.permissions.set(world.user(other).id, permission)
  }
  world.addRepository(repository)
  await createBare(gitDir, defaultBranch)
  const files = wanted.files === undefined ? { 'README.md': `# ${name}\n` } : wanted.files
  if (files !== null) {
    const author = signatureOf(world, owner)
    const first = { branch: defaultBranch, parent: null, files, message: 'First commit', author }
    const [sha = ''] = await writeCommits(gitDir, [first])
    repository.branches.set(defaultBranch, sha)
  }
  return repository
}

export function configure(repository: Repository, settings: RepositorySettings): void {
  Object.assign(
    repository,
    Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
  )
}

export function renameRepository(world: World, repository: Repository, name: string, by: User): void {
  const changes = { repository: { name: { from: repository.name } } }
  repository.name = name
  world.name(repository)
  world.tell({ event: 'repository', action: 'renamed', repository, by, changes })
}

export function transferRepository(world: World, repository: Repository, login: string): void {
  const from = repository.owner
  repository.owner = world.user(login)
  world.name(repository)
  const changes = { owner: { from: { user: { login: from.login, id: from.id } } } }
  world.tell({ event: 'repository', action: 'transferred', repository, by: from, changes })
}

/** As the settings page does: the branch moves with its pull requests, the old name is gone. */
export async function renameDefaultBranch(world: World, repository: Repository, name: string): Promise<void> {
  await inTurn(repository, async () => {
    const old = repository.defaultBranch
    const head = repository.branches.get(old)
    const by = repository.owner
    const protection = repository.protections.get(old)
    repository.protections.delete(old)
    repository.defaultBranch = name
    await setDefaultBranch(repository.gitDir, name)
    if (head !== undefined) {
      await updateRef(repository.gitDir, `refs/heads/${name}`, head)
      await branchMoved(world, repository, name, null, head, by)
      for (const issue of openPulls(repository)) {
        if (issue.pull.baseRef === old) issue.pull.baseRef = name
      }
      await deleteBranch(world, repository, old, by)
    }
    if (protection !== undefined) repository.protections.set(name, { ...protection, branch: name })
    const changes = { default_branch: { from: old } }
    world.tell({ event: 'repository', action: 'edited', repository, by, changes })
  })
}

export async function removeRepositories(root: string): Promise<void> {
  await rm(root, { recursive: true, force: true, maxRetries: 3 })
}

/** Answers what it was called. */
export function deleteRepository(world: World, repository: Repository): string {
  const by = repository.owner
  world.tell({ event: 'repository', action: 'deleted', repository, by })
  repository.deleted = true
  return fullNameOf(repository)
}
