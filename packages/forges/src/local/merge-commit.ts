import { OPTIO_IDENTITY } from '@optio/git'
import type { MergeMethod } from '../forge.ts'
import { type CommitFacts, readCommit, readCommits, writeCommit } from '../from-mirror/commits.ts'
import { mergeTree } from '../from-mirror/merge-tree.ts'

/** Commits a rebase replays at most. */
const MAX_REPLAYED = 1000

export interface MergeCommitRequest {
  readonly mirrorDir: string
  readonly headSha: string
  readonly baseSha: string
  readonly method: MergeMethod
  readonly number: number
  readonly title: string
  readonly body: string
}

export type MergeCommitResult =
  | { readonly outcome: 'made'; readonly sha: string; readonly tree: string }
  | { readonly outcome: 'conflict'; readonly message: string; readonly files: readonly string[] }

/**
 * Makes, in the mirror, the commit that the base branch moves to. Deterministic: the same request gives the same commit.
 * Its tree is always that of the merge of head and base, which is what checks ran on, whatever the method.
 */
export async function makeMergeCommit(request: MergeCommitRequest): Promise<MergeCommitResult> {
  const { mirrorDir, headSha, baseSha } = request
  const merge = await mergeTree(mirrorDir, baseSha, headSha)
  if (merge.outcome === 'conflict') {
    return { outcome: 'conflict', message: conflictMessage(merge.files), files: merge.files }
  }
  const head = await readCommit(mirrorDir, headSha)
  const base = await readCommit(mirrorDir, baseSha)
  if (request.method === 'rebase') return await replay(request, base, merge.tree)
  // Later than both, as history reads best, and the same at every repetition.
  const committedAt = Math.max(head.committedAt, base.committedAt)
  const title = request.title.replace(/\s+/g, ' ').trim()
  const squash = request.method === 'squash'
  const sha = await writeCommit(mirrorDir, {
    tree: merge.tree,
    parents: squash ? [baseSha] : [baseSha, headSha],
    author: squash ? { ...head.author, seconds: committedAt } : { ...OPTIO_IDENTITY, seconds: committedAt },
    committedAt,
    message: squash
      ? `${title} (#${request.number})\n\n${request.body}`
      : `Merge pull request #${request.number}: ${title}\n\n${request.body}`,
  })
  return { outcome: 'made', sha, tree: merge.tree }
}

/**
 * Replays the commits of head on base one by one, each with its author and time. What is already in the base falls away, and
 * merge commits with it, as in `git rebase`. When the result is not what a merge gives, it is refused: nothing has checked it.
 */
async function replay(
  request: MergeCommitRequest,
  base: CommitFacts,
  mergedTree: string,
): Promise<MergeCommitResult> {
  const { mirrorDir, headSha, baseSha } = request
  const commits = await readCommits(mirrorDir, [headSha, `^${baseSha}`], MAX_REPLAYED + 1, [
    '--no-merges',
    '--reverse',
    '--topo-order',
  ])
  if (commits.length > MAX_REPLAYED) {
    return refuse(`A rebase replays at most ${MAX_REPLAYED} commits. Choose squash or merge.`)
  }
  let tip = base
  for (const commit of commits) {
    const next = await pick(mirrorDir, commit, tip)
    if (next.outcome === 'conflict') return next
    tip = next.tip
  }
  if (tip.tree !== mergedTree) {
    return refuse(
      'Replaying the commits one by one gives another result than the merge that was checked. Choose squash or merge.',
    )
  }
  return { outcome: 'made', sha: tip.sha, tree: tip.tree }
}

type Picked =
  | { readonly outcome: 'picked'; readonly tip: CommitFacts }
  | (MergeCommitResult & { outcome: 'conflict' })

async function pick(mirrorDir: string, commit: CommitFacts, tip: CommitFacts): Promise<Picked> {
  const [parentSha] = commit.parents
  if (parentSha === tip.sha) return { outcome: 'picked', tip: commit }
  const parentTree = parentSha === undefined ? null : (await readCommit(mirrorDir, parentSha)).tree
  let tree = commit.tree
  if (parentTree !== tip.tree) {
    const merge = await mergeOver(mirrorDir, parentTree, tip, commit)
    if (merge.outcome === 'conflict') {
      return refuse(
        `The commit ${commit.sha.slice(0, 10)} conflicts when it is replayed: ${conflictMessage(merge.files)}`,
        merge.files,
      )
    }
    tree = merge.tree
  }
  if (tree === tip.tree) return { outcome: 'picked', tip }
  const committedAt = Math.max(commit.committedAt, tip.committedAt)
  const replayed = { ...commit, tree, parents: [tip.sha], committedAt }
  return { outcome: 'picked', tip: { ...replayed, sha: await writeCommit(mirrorDir, replayed) } }
}

/**
 * A three-way merge over a given base tree. `merge-tree --merge-base` came only with git 2.40; older ones find the base by
 * history, so three commits are made whose history says just that. Nothing refers to them.
 */
async function mergeOver(
  mirrorDir: string,
  baseTree: string | null,
  ours: CommitFacts,
  theirs: CommitFacts,
): Promise<Awaited<ReturnType<typeof mergeTree>>> {
  // Without a parent (a root commit) nothing was there before; histories that share nothing are then left to conflict.
  if (baseTree === null) return { outcome: 'conflict', files: [] }
  const plain = { author: { ...OPTIO_IDENTITY, seconds: 0 }, committedAt: 0 }
  const root = await writeCommit(mirrorDir, { ...plain, tree: baseTree, parents: [], message: 'base' })
  const left = await writeCommit(mirrorDir, { ...plain, tree: ours.tree, parents: [root], message: 'ours' })
  const right = await writeCommit(mirrorDir, {
    ...plain,
    tree: theirs.tree,
    parents: [root],
    message: 'theirs',
  })
  return await mergeTree(mirrorDir, left, right)
}

function refuse(message: string, files: readonly string[] = []): MergeCommitResult & { outcome: 'conflict' } {
  return { outcome: 'conflict', message, files }
}

/** Names the files that conflict, for people and for the agent that has to solve it. */
function conflictMessage(files: readonly string[]): string {
  if (files.length === 0) return 'Head and base conflict.'
  const named = files.slice(0, 10).map((file) => JSON.stringify(file))
  const rest = files.length - named.length
  return `Head and base conflict in ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`
}
