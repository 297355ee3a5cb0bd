import type { FileChanges } from '../control/repository.ts'
import { writeCommits } from '../git/commit.ts'
import { readCommitsById } from '../git/history.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { signatureOf } from './pushes.ts'
import { inTurn } from './turn.ts'

/**
 * New branches, each one commit on the default branch, in two runs of git for all of them. What git would say of such a commit and
 * its parent is known, and noted here, so that hundreds of pull requests can be opened and watched without asking it for each.
 */
export async function seedBranches(
  world: World,
  repository: Repository,
  branches: readonly { readonly branch: string; readonly files: FileChanges }[],
): Promise<void> {
  await inTurn(repository, async () => {
    const parent = repository.branches.get(repository.defaultBranch)
    if (parent === undefined) throw new Error('An empty repository has nothing to branch from.')
    const author = signatureOf(world, repository.owner)
    const wanted = branches.map((each) => ({ ...each, parent, message: 'Seed', author }))
    const shas = await writeCommits(repository.gitDir, wanted)
    for (const commit of await readCommitsById(repository.gitDir, shas)) {
      const { sha, tree } = commit
      repository.distances.set(`${parent} ${sha}`, Promise.resolve({ ahead: 1, behind: 0 }))
      repository.mergedTrees.set(`${parent} ${sha}`, Promise.resolve(tree))
      repository.commits.set(sha, Promise.resolve(commit))
    }
    for (const [index, { branch }] of branches.entries()) repository.branches.set(branch, shas[index] ?? '')
  })
}
