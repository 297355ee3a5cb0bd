import { gitText, isAncestor, resolveCommit } from '@optio/git'
import { readCommit, readCommits } from '../from-mirror/commits.ts'
import { type MergeOutcome, mergeTree } from '../from-mirror/merge-tree.ts'

/** How the head of a pull request stands to its base. A fact about commits: it never changes for the same question. */
export interface Relation {
  readonly mergeable: boolean
  readonly conflictFiles: readonly string[]
  /** The head has no commit that the base lacks, and nothing was merged either. */
  readonly empty: boolean
  /** The commit of the base that brought the change, when somebody has merged it. */
  readonly mergedSha: string | null
  /** Files the merge would add; null when it conflicts. */
  readonly addedFiles: readonly string[] | null
}

export interface RelationQuestion {
  readonly mirrorDir: string
  /** Where the head branch is now; null when it was deleted. */
  readonly headSha: string | null
  readonly baseSha: string
  /** The head Optio knew last: a branch that was reset to the base has not been merged by that. */
  readonly knownHeadSha: string
  /** The base when the pull request was opened. */
  readonly openedBaseSha: string
}

/** First-parent commits looked at to find which one brought a squashed change. */
const MAX_LANDING_SEARCH = 50

export async function relate(question: RelationQuestion): Promise<Relation> {
  const { mirrorDir, headSha, baseSha } = question
  const none = { mergeable: false, conflictFiles: [], empty: false, mergedSha: null, addedFiles: null }
  // After the loss of a mirror, what only it knew is gone; then only what the upstream has can be asked about.
  const known = (await resolveCommit(mirrorDir, question.knownHeadSha)) ?? headSha
  const isContained = headSha !== null && (await isAncestor(mirrorDir, headSha, baseSha))
  if (known !== null && known !== headSha && (headSha === null || isContained)) {
    // The branch was deleted, or reset to something in the base: what counts is where the work went that Optio knew.
    const mergedSha = (await isAncestor(mirrorDir, known, baseSha))
      ? await landedWith(question, known)
      : (await absorb(mirrorDir, known, baseSha)).mergedSha
    if (mergedSha !== null) return { ...none, mergedSha }
  }
  if (headSha === null) return none
  if (isContained) {
    const mergedSha = known === headSha ? await landedWith(question, headSha) : null
    return mergedSha === null
      ? { ...none, mergeable: true, empty: true, addedFiles: [] }
      : { ...none, mergedSha }
  }
  const { merge, mergedSha } = await absorb(mirrorDir, headSha, baseSha)
  if (merge.outcome === 'conflict') return { ...none, conflictFiles: merge.files }
  if (mergedSha !== null) return { ...none, mergedSha }
  return { ...none, mergeable: true, addedFiles: await addedFiles(mirrorDir, baseSha, merge.tree) }
}

/** The commit that brought a head which the base contains; null when it never had a commit of its own. */
async function landedWith(question: RelationQuestion, head: string): Promise<string | null> {
  return (await hadCommits(question, head)) ? await landing(question.mirrorDir, head, question.baseSha) : null
}

async function hadCommits(question: RelationQuestion, head: string): Promise<boolean> {
  const opened = await resolveCommit(question.mirrorDir, question.openedBaseSha)
  return opened === null || !(await isAncestor(question.mirrorDir, head, opened))
}

/** The oldest first-parent commit of the base that contains `head`: the head itself when the base was moved to it. */
async function landing(mirrorDir: string, head: string, baseSha: string): Promise<string> {
  const after = await gitText(
    ['rev-list', '--first-parent', '--ancestry-path', '--parents', '--end-of-options', baseSha, `^${head}`],
    { cwd: mirrorDir, gitDir: mirrorDir },
  )
  const [oldest, firstParent] = after.slice(after.lastIndexOf('\n') + 1).split(' ')
  return oldest === undefined || oldest === '' || firstParent === head ? head : oldest
}

/**
 * Merges a head into the base, and finds the commit of the base that holds the whole change already although it does not
 * contain the head's commits (a squash or a rebase made by somebody else): merging would change nothing, and the head did
 * change something.
 */
async function absorb(
  mirrorDir: string,
  head: string,
  baseSha: string,
): Promise<{ merge: MergeOutcome; mergedSha: string | null }> {
  const merge = await mergeTree(mirrorDir, baseSha, head)
  if (merge.outcome === 'conflict') return { merge, mergedSha: null }
  const base = await readCommit(mirrorDir, baseSha)
  if (merge.tree !== base.tree) return { merge, mergedSha: null }
  const mergeBase = await gitText(['merge-base', '--end-of-options', head, baseSha], {
    cwd: mirrorDir,
    gitDir: mirrorDir,
  })
  const [tip, start] = [await readCommit(mirrorDir, head), await readCommit(mirrorDir, mergeBase)]
  if (tip.tree === start.tree) return { merge, mergedSha: null }
  const commits = await readCommits(mirrorDir, [baseSha, `^${mergeBase}`], MAX_LANDING_SEARCH, [
    '--first-parent',
  ])
  let mergedSha = baseSha
  for (const commit of commits) {
    const then = await mergeTree(mirrorDir, commit.sha, head)
    if (then.outcome === 'conflict' || then.tree !== commit.tree) break
    mergedSha = commit.sha
  }
  return { merge, mergedSha }
}

async function addedFiles(mirrorDir: string, baseSha: string, tree: string): Promise<string[]> {
  const text = await gitText(
    [
      'diff-tree',
      '-r',
      '-z',
      '--name-only',
      '--no-renames',
      '--diff-filter=A',
      '--end-of-options',
      baseSha,
      tree,
    ],
    { cwd: mirrorDir, gitDir: mirrorDir },
  )
  return text.split('\0').filter((path) => path !== '')
}
