/** How much room there is and how much something takes, so that disk use can be shown and a full disk named. */
import type { Dirent } from 'node:fs'
import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'

export interface DiskSpace {
  /** Bytes that this user can still write. */
  readonly freeBytes: number
  readonly totalBytes: number
}

/** Room on the file system that holds `path`; rejects with the system's error when the path does not exist. */
export async function diskSpace(path: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(path)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
}

export interface TreeSize {
  /** Bytes taken on disk; a file with several names inside the tree counts once. */
  readonly bytes: number
  /** Files, directories and links counted. */
  readonly entries: number
  /** False when the limit ended the count, so that `bytes` is a lower bound. */
  readonly complete: boolean
}

/** Sizes are asked for so many files at once: enough to keep the disk busy, few enough to leave Node's file threads to others. */
const BATCH = 32

/**
 * Size of a directory tree. Symbolic links are not followed, what vanishes meanwhile is skipped, other file systems
 * mounted below are not entered. A path that does not exist takes nothing.
 */
export async function treeSize(
  root: string,
  options: { readonly maxEntries?: number } = {},
): Promise<TreeSize> {
  const maxEntries = options.maxEntries ?? 500_000
  const top = await lstat(root).catch(() => null)
  if (top === null) return { bytes: 0, entries: 0, complete: true }
  const seen = new Set<number>()
  let bytes = top.blocks * 512
  let entries = 1
  const directories = top.isDirectory() ? [root] : []
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    const children: Dirent[] = await readdir(directory, { withFileTypes: true }).catch(() => [])
    for (let at = 0; at < children.length; at += BATCH) {
      if (entries >= maxEntries) return { bytes, entries, complete: false }
      const paths = children
        .slice(at, at + Math.min(BATCH, maxEntries - entries))
        .map(({ name }) => join(directory, name))
      const stats = await Promise.all(paths.map((path) => lstat(path).catch(() => null)))
      for (const [index, stat] of stats.entries()) {
        const path = paths[index]
        if (stat === null || path === undefined || stat.dev !== top.dev) continue
        entries += 1
        if (stat.isDirectory()) directories.push(path)
        else if (stat.nlink > 1) {
          if (seen.has(stat.ino)) continue
          seen.add(stat.ino)
        }
        bytes += stat.blocks * 512
      }
    }
  }
  return { bytes, entries, complete: true }
}

/** True for an error, or a cause of one, that says that the disk or the quota is full. */
export function isDiskFull(error: unknown): boolean {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 10;
    current = current.cause, depth += 1
  ) {
    const { code } = current as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') return true
  }
  return false
}
