import { existsSync } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { updateRefs } from '@optio/git'
import { nextKeptNumber } from './kept.ts'
import type { Layout } from './layout.ts'
import { dropIncoming, fetchWork } from './proposal.ts'
import { type CloneRecord, isClone, readRecord } from './record.ts'
import { removeTree } from './remove-tree.ts'
import { runRefs } from './run-refs.ts'

/**
 * Moves a run's environment to `.kept/<runId>-<n>` and the tips of its work to `refs/optio/kept/<runId>/*` of the mirror,
 * so that a new clone can be made and nothing is lost; one that is no clone holds no work, and is removed. Nothing happens
 * when there is no environment.
 */
export async function setAside(layout: Layout, runId: string): Promise<void> {
  const paths = layout.environment(runId)
  if (!existsSync(paths.root)) return
  const record = await readRecord(layout.record(runId))
  if (record !== null && !isClone(record)) return await removeTree(paths.root, layout.scratch)
  await mkdir(layout.kept, { recursive: true, mode: 0o700 })
  const mirrorDir = mirrorOf(layout, record)
  const number = await nextKeptNumber(layout, runId, mirrorDir)
  if (record !== null && mirrorDir !== null) await keepRefs(layout, runId, record, mirrorDir, number)
  await rename(paths.root, join(layout.kept, `${runId}-${number}`))
}

function mirrorOf(layout: Layout, record: CloneRecord | null): string | null {
  if (record === null) return null
  const mirrorDir = layout.mirror(record.repositoryId)
  return existsSync(mirrorDir) ? mirrorDir : null
}

async function keepRefs(
  layout: Layout,
  runId: string,
  record: CloneRecord,
  mirrorDir: string,
  number: number,
): Promise<void> {
  const clone = layout.environment(runId).clone
  const request = { runId, branch: record.branch, mirrorDir, clone, scratch: layout.scratch }
  const { candidates } = await fetchWork(request)
  const kept = candidates.map((sha, index) => [runRefs.kept(runId, `${number}-${index}`), sha] as const)
  await updateRefs(mirrorDir, Object.fromEntries(kept))
  await dropIncoming(request)
}
