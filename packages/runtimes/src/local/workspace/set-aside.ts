import { existsSync } from 'node:fs'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { updateRefs } from '@optio/git'
import type { Layout } from './layout.ts'
import { dropIncoming, fetchWork } from './proposal.ts'
import { type EnvironmentRecord, readRecord } from './record.ts'
import { runRefs } from './run-refs.ts'

/**
 * Moves a run's environment to `.kept/<runId>-<n>` and the tips of its work to `refs/optio/kept/<runId>/*` of the mirror,
 * so that a new clone can be made and nothing is lost. Nothing happens when there is no environment.
 */
export async function setAside(layout: Layout, runId: string): Promise<void> {
  const paths = layout.environment(runId)
  if (!existsSync(paths.root)) return
  await mkdir(layout.kept, { recursive: true, mode: 0o700 })
  const number = await nextNumber(layout.kept, runId)
  const record = await readRecord(layout.record(runId))
  if (record !== null) await keepRefs(layout, runId, record, number)
  await rename(paths.root, join(layout.kept, `${runId}-${number}`))
}

async function keepRefs(
  layout: Layout,
  runId: string,
  record: EnvironmentRecord,
  number: number,
): Promise<void> {
  const mirrorDir = layout.mirror(record.repositoryId)
  if (!existsSync(mirrorDir)) return
  const clone = layout.environment(runId).clone
  const request = { runId, branch: record.branch, mirrorDir, clone, scratch: layout.scratch }
  const { candidates } = await fetchWork(request)
  const kept = candidates.map((sha, index) => [runRefs.kept(runId, `${number}-${index}`), sha] as const)
  await updateRefs(mirrorDir, Object.fromEntries(kept))
  await dropIncoming(request)
}

async function nextNumber(kept: string, runId: string): Promise<number> {
  const taken = (await readdir(kept))
    .filter((name) => name.startsWith(`${runId}-`))
    .map((name) => Number(name.slice(runId.length + 1)))
    .filter(Number.isInteger)
  return Math.max(0, ...taken) + 1
}
