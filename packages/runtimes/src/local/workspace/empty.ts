import { lstat, mkdir } from 'node:fs/promises'
import type { Layout } from './layout.ts'
import { writeRecord } from './record.ts'
import { removeTree } from './remove-tree.ts'

/** Makes the empty directory a run without a repository works in, unless it is there: then it is left as it is. */
export async function prepareEmpty(layout: Layout, runId: string): Promise<{ created: boolean }> {
  const paths = layout.environment(runId)
  await writeRecord(layout.record(runId), { kind: 'empty' })
  for (const path of [paths.root, paths.home, paths.tmp]) await mkdir(path, { recursive: true, mode: 0o700 })
  const present = await lstat(paths.clone).catch(() => null)
  if (present?.isDirectory() === true) return { created: false }
  // A link that an agent put there would lead the next one elsewhere.
  if (present !== null) await removeTree(paths.clone, layout.scratch)
  await mkdir(paths.clone, { recursive: true, mode: 0o700 })
  return { created: true }
}
