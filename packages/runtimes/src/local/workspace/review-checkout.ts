import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { OptioError } from '@optio/contract'
import { prepareCheckout } from './checkout.ts'
import type { Layout } from './layout.ts'
import { readRecord, writeRecord } from './record.ts'
import { removeTree } from './remove-tree.ts'
import type { PrepareReviewCheckout } from './workspace.ts'

/**
 * Makes the checkout a review reads, unless it is there for this attempt: each attempt reads a clean one, whatever the one
 * before left. What an earlier attempt had goes first and the record of this one is written before its checkout is made, so
 * that whoever goes on after a crash neither reads an old one nor takes a new one away. Throws CONFLICT for an attempt that has a
 * successor: whoever slept meanwhile must not take the checkout away from under that one's agent.
 */
export async function prepareReviewCheckout(
  layout: Layout,
  request: PrepareReviewCheckout,
): Promise<{ created: boolean }> {
  const { runId, repositoryId, commit, attempt } = request
  const paths = layout.environment(runId)
  const known = await readRecord(layout.record(runId))
  if (known?.kind === 'review' && known.attempt > attempt) {
    throw new OptioError(
      'CONFLICT',
      `Attempt ${known.attempt} reads the checkout, and not attempt ${attempt}.`,
    )
  }
  if (known?.kind !== 'review' || known.attempt !== attempt || known.commit !== commit) {
    await removeTree(paths.clone, layout.scratch)
    await writeRecord(layout.record(runId), { kind: 'review', repositoryId, commit, attempt })
  }
  for (const path of [paths.root, paths.home, paths.tmp]) await mkdir(path, { recursive: true, mode: 0o700 })
  if (existsSync(paths.clone)) return { created: false }
  await prepareCheckout(paths.clone, layout.mirror(repositoryId), commit)
  return { created: true }
}
