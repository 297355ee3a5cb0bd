import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readRefs } from '@optio/git'
import type { Layout } from './layout.ts'
import { removeTree } from './remove-tree.ts'
import { runRefs } from './run-refs.ts'

/**
 * Removes the environments that were set aside before a time; answers how many. Their commits stay in the mirror. When one was
 * set aside is when its directory got its name: nothing in it can change that time to an earlier one.
 */
export async function removeKept(layout: Layout, before: Date): Promise<number> {
  let removed = 0
  for (const name of await readdir(layout.kept).catch(() => [])) {
    const directory = join(layout.kept, name)
    const facts = await lstat(directory).catch(() => null)
    if (facts === null || facts.ctime >= before) continue
    await removeTree(directory, layout.scratch)
    removed += 1
  }
  return removed
}

/** The number of the next environment of a run that is set aside: neither a directory nor commits that are kept have it. */
export async function nextKeptNumber(
  layout: Layout,
  runId: string,
  mirrorDir: string | null,
): Promise<number> {
  const directories = (await readdir(layout.kept))
    .filter((name) => name.startsWith(`${runId}-`))
    .map((name) => Number(name.slice(runId.length + 1)))
  const prefix = runRefs.kept(runId, '')
  const refs =
    mirrorDir === null
      ? []
      : [...(await readRefs({ gitDir: mirrorDir, profile: 'own', names: [prefix] })).keys()]
  const kept = refs.map((ref) => Number.parseInt(ref.slice(prefix.length), 10))
  return Math.max(0, ...[...directories, ...kept].filter(Number.isInteger)) + 1
}
