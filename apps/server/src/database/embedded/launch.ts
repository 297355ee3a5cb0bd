import { type ChildProcess, spawn } from 'node:child_process'
import { chown, mkdtemp, open, readdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { OptioError } from '@optio/contract'
import type { Account } from '../../platform/account.ts'
import { waitUntil } from '../../platform/wait-until.ts'
import type { Binaries } from './binaries.ts'
import { explainFailure } from './failure.ts'
import { killMembers, readPostmasterFile } from './postmaster.ts'
import { SERVER_ENVIRONMENT } from './settings.ts'

/** Superuser of the cluster, for making the database of Optio; Optio itself works as an ordinary role. */
export const SUPERUSER = 'postgres'

/** A log that grew to this size is set aside (one old one is kept) at start, and cut while running. */
const LOG_LIMIT_BYTES = 4 * 1024 * 1024

/** How long a server may take to be ready: recovery of a large write-ahead log takes its time. */
const READY_MS = 60_000

/**
 * Makes the cluster under another name and renames it, so that a cluster that exists is whole. Costs about half a second.
 *
 * @param durable false where a crash of the machine may cost the cluster (tests).
 */
export async function initializeCluster(
  binaries: Binaries,
  cluster: string,
  account: Account | null,
  log: string,
  durable: boolean,
): Promise<void> {
  await removeDrafts(cluster, account)
  // A name of its own: an initdb that a killed Optio left running may still write to another draft.
  const draft = await mkdtemp(`${cluster}.new-`)
  if (account !== null) await chown(draft, account.uid, account.gid)
  const child = spawn(
    binaries.initdb,
    [
      ...['-D', draft, '-U', SUPERUSER, '--encoding=UTF8', '--no-instructions'],
      // The same order and case rules on every machine, whatever locales it has.
      ...['--locale-provider=builtin', '--locale=C', '--builtin-locale=C.UTF-8'],
      // Whoever can open the socket is let in: its directory admits only the server's account and root.
      ...['--auth-local=trust', '--auth-host=reject'],
      ...(durable ? [] : ['--no-sync']),
    ],
    { ...spawnOptions(account), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-16_384)
    })
  }
  const failure = await new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(spawnFailure(error)))
    child.on('close', (code, signal) => resolve(code === 0 ? null : `${output}\nended by ${signal ?? code}`))
  })
  if (failure !== null) {
    await rm(draft, { recursive: true, force: true })
    throw explainFailure('initialise', failure, { cluster, log })
  }
  await rename(draft, cluster)
  const directory = await open(dirname(cluster), 'r')
  await directory.sync().finally(() => directory.close())
}

/** Removes what unfinished initialisations left, and the processes of one that goes on although its Optio was killed. */
async function removeDrafts(cluster: string, account: Account | null): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.new-`)) continue
    const draft = join(dirname(cluster), name)
    await killMembers(draft, account)
    await rm(draft, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Starts the server in a session of its own, with its output appended to `log`, and resolves with its pid when it is ready. */
export async function launchServer(
  binaries: Binaries,
  args: readonly string[],
  { cluster, account, log }: { cluster: string; account: Account | null; log: string },
): Promise<number> {
  await rotateLog(log)
  const output = await open(log, 'a', 0o600)
  const from = (await output.stat()).size
  let failure: string | null = null
  let child: ChildProcess
  try {
    child = spawn(binaries.postgres, args, {
      ...spawnOptions(account),
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    })
    // Before anything is waited for: a server that ends at once would have ended unheard.
    child.on('error', (error) => {
      failure = spawnFailure(error)
    })
    child.on('exit', (code, signal) => {
      failure ??= `ended by ${signal ?? code}`
    })
  } finally {
    await output.close()
  }
  child.unref()
  const settled = await waitUntil(
    async () => {
      if (failure !== null) return true
      const file = await readPostmasterFile(cluster)
      return file?.pid === child.pid && file?.status === 'ready'
    },
    { everyMs: 3, deadlineMs: READY_MS },
  )
  if (failure !== null) {
    const said = (await readFile(log)).subarray(from).subarray(-16_384).toString('utf8')
    throw explainFailure('start', `${failure}\n${said}`, { cluster, log })
  }
  if (!settled || child.pid === undefined) {
    throw new OptioError(
      'DATABASE_START',
      `The embedded database is not ready after ${READY_MS / 1000} s and goes on starting (see ${log}). Start Optio again later: it will find it.`,
    )
  }
  return child.pid
}

function spawnOptions(account: Account | null) {
  return {
    // Its own directory may be one that the server's account cannot enter.
    cwd: '/',
    env: { ...SERVER_ENVIRONMENT },
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  }
}

function spawnFailure(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') {
    return `error: ${error.message}; the embedded Postgres needs Linux with glibc or macOS, here set DATABASE_URL`
  }
  if (code === 'EPERM')
    return `error: ${error.message}; root here may not become another user, so set DATABASE_URL`
  return `error: ${error.message}`
}

async function rotateLog(log: string): Promise<void> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  )
  if (size > LOG_LIMIT_BYTES) await rename(log, `${log}.1`)
}

/** Cuts a log that a running server has filled; the server appends, so it goes on at the new end. */
export async function boundLog(log: string): Promise<void> {
  const size = await stat(log).then(
    (found) => found.size,
    () => 0,
  )
  if (size > 4 * LOG_LIMIT_BYTES) await truncate(log, 0)
}

/** Directory entry of a cluster's log. */
export const logOf = (root: string): string => join(root, 'postgres.log')
