import { readdir, readlink, realpath, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GitError } from './failure.ts'

/** A lock younger than this is never taken for a left-over, milliseconds. git holds them for milliseconds. */
export const STALE_LOCK_MS = 10_000
/** The same where live processes cannot be listed (no /proc). */
const STALE_LOCK_BLIND_MS = 120_000

/**
 * Runs a command on a directory of ours again while another git process is in its way (jittered, up to `patienceMs`), and
 * removes lock files that a killed git left behind. The last failure is thrown.
 */
export async function retryLocked<T>(gitDir: string, run: () => Promise<T>, patienceMs = 15_000): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (let delay = 10; ; delay = Math.min(delay * 2, 500)) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof GitError) || error.kind !== 'locked' || performance.now() > deadline) throw error
      if ((await removeStaleLocks(gitDir)) === 0) await sleep(delay * (0.5 + Math.random()))
    }
  }
}

/**
 * Removes lock files of refs and of the repository itself whose owner is surely gone: older than `STALE_LOCK_MS`, and no
 * process has the directory as its working directory (every git on it does). Answers how many were removed.
 */
export async function removeStaleLocks(gitDir: string): Promise<number> {
  const now = Date.now()
  const old: string[] = []
  for (const path of await lockFiles(gitDir)) {
    const age = await stat(path).then(
      (facts) => now - facts.mtimeMs,
      () => 0,
    )
    if (age > STALE_LOCK_MS) old.push(path)
  }
  if (old.length === 0) return 0
  const inUse = await hasProcessIn(gitDir)
  let removed = 0
  for (const path of old) {
    const age =
      now -
      (await stat(path).then(
        (facts) => facts.mtimeMs,
        () => now,
      ))
    if (inUse === true || (inUse === 'unknown' && age < STALE_LOCK_BLIND_MS)) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}

async function lockFiles(gitDir: string): Promise<string[]> {
  const own = await readdir(gitDir).catch(() => [])
  const refs = await readdir(join(gitDir, 'refs'), { recursive: true }).catch(() => [])
  return [...own, ...refs.map((path) => join('refs', path))]
    .filter((path) => path.endsWith('.lock'))
    .map((path) => join(gitDir, path))
}

async function hasProcessIn(directory: string): Promise<boolean | 'unknown'> {
  const target = await realpath(directory)
  const pids = await readdir('/proc').catch(() => null)
  if (pids === null || !pids.includes('self')) return 'unknown'
  for (const pid of pids) {
    if (!/^\d+$/.test(pid)) continue
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null)
    if (cwd === target) return true
  }
  return false
}
