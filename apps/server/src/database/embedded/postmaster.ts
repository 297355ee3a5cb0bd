import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import type { Account } from '../../platform/account.ts'
import { isRunning } from '../../platform/process-identity.ts'
import { processesIn } from '../../platform/processes-in-directory.ts'
import { waitUntil } from '../../platform/wait-until.ts'

/** What a server writes about itself into `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number
  readonly port: number
  readonly socketDirectory: string
  /** `ready` when it takes connections; `starting`, `stopping` or `standby` else. Empty while it is being written. */
  readonly status: string
}

/** Reads a cluster's `postmaster.pid`; null when there is none or it is not whole yet. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return {
    pid,
    port: Number(lines[3] ?? 0),
    socketDirectory: lines[4] ?? '',
    status: lines[7] ?? '',
  }
}

/**
 * The running server of a cluster: the pid in its file, if that process runs (a zombie does not) and really is this cluster's and not
 * another one that got the pid of a dead one. Null when no server runs, whatever lock files are left.
 */
export async function findPostmaster(
  cluster: string,
  account: Account | null,
): Promise<PostmasterFile | null> {
  const file = await readPostmasterFile(cluster)
  if (file === null || !isRunning(file.pid)) return null
  const members = await processesIn(await realpath(cluster), 'postgres', account)
  return members.includes(file.pid) ? file : null
}

/**
 * Whether a running server is just what would be started now: same program, same settings, and the program has not been
 * replaced under it (an update removes libraries that its next backend would load).
 */
export async function isCurrent(
  cluster: string,
  pid: number,
  program: string,
  args: readonly string[],
): Promise<boolean> {
  const options = await readFile(join(cluster, 'postmaster.opts'), 'utf8').catch(() => '')
  const expected = [await realpath(program), ...args.map((arg) => `"${arg}"`)].join(' ')
  if (options.trimEnd() !== expected) return false
  // Unreadable without CAP_SYS_PTRACE: then the comparison above has to do.
  const running = await readlink(`/proc/${pid}/exe`).catch(() => '')
  return !running.endsWith(' (deleted)')
}

/**
 * Ends a server: SIGINT, which ends clients' sessions and writes a checkpoint, then SIGQUIT after `graceMs`, then SIGKILL of all that
 * is left. (SIGTERM would wait for clients to leave by themselves.) Resolves when no process of the cluster is left.
 */
export async function stopPostmaster(
  cluster: string,
  pid: number,
  account: Account | null,
  graceMs = 10_000,
): Promise<void> {
  const ended = (deadlineMs: number) => waitUntil(() => !isRunning(pid), { everyMs: 5, deadlineMs })
  for (const [signal, deadlineMs] of [
    ['SIGINT', graceMs],
    ['SIGQUIT', 5_000],
  ] as const) {
    send(pid, signal)
    if (await ended(deadlineMs)) break
  }
  await killMembers(cluster, account)
}

/** Kills every process of a cluster, however it is related to the server that started it, until none is left. */
export async function killMembers(cluster: string, account: Account | null): Promise<void> {
  const directory = await realpath(cluster)
  const gone = await waitUntil(
    async () => {
      const members = await processesIn(directory, 'postgres', account)
      for (const pid of members) send(pid, 'SIGKILL')
      return members.length === 0
    },
    { everyMs: 10, deadlineMs: 10_000 },
  )
  if (gone) return
  throw new OptioError(
    'DATABASE_START',
    `Processes of a former database server in ${cluster} cannot be ended. Find them with \`lsof +d ${cluster}\`, end them, and start Optio again.`,
  )
}

/**
 * Removes what a dead server left: its processes first and its lock files then. In this order, because postmaster.pid names the
 * shared memory by which Postgres itself notices that processes of a former server still write to the cluster.
 * Only for the holder of the claim on the cluster.
 */
export async function clearDeadServer(
  cluster: string,
  socketDirectory: string,
  account: Account | null,
): Promise<void> {
  const left = await readPostmasterFile(cluster)
  await killMembers(cluster, account)
  await rm(join(cluster, 'postmaster.pid'), { force: true })
  const directories = new Set([socketDirectory, left?.socketDirectory ?? ''])
  for (const directory of directories) {
    if (directory === '') continue
    const socket = join(directory, `.s.PGSQL.${left?.port || 5432}`)
    await rm(socket, { force: true })
    await rm(`${socket}.lock`, { force: true })
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
