import { OptioError } from '@optio/contract'

/** A start failed because lock files of another server are there: whoever asked looks again at what runs. */
export class LockedCluster extends Error {}

/** A start failed because the file system cannot hold a socket: another directory may. */
export class NoSocketHere extends Error {}

const DISK_FULL = /No space left on device|Disk quota exceeded/
/** The same words, from shmget and semget, are about limits of the system. */
const SYSTEM_LIMIT = /shared memory segment|could not create semaphores/

/**
 * Says in words why `initdb` or `postgres` failed, from what it printed.
 *
 * @param what "initialise" or "start", for the message.
 */
export function explainFailure(what: string, output: string, where: { cluster: string; log: string }): Error {
  const lines = output.trim().split('\n')
  if (SYSTEM_LIMIT.test(output)) {
    return new OptioError(
      'DATABASE_START',
      `The embedded database cannot ${what}: the system gives it no more shared memory (${lastOf(lines)}). End other Postgres servers or raise the limits (see \`ipcs -l\`).`,
    )
  }
  if (DISK_FULL.test(output)) return diskFull(where.cluster)
  if (/lock file ".*" (already exists|is empty)|Is another postmaster already running/.test(output)) {
    return new LockedCluster(lastOf(lines))
  }
  if (/could not (bind Unix address|create any Unix-domain sockets)/.test(output))
    return new NoSocketHere(lastOf(lines))
  if (/database files are incompatible with server/.test(output)) {
    return new OptioError(
      'DATABASE_START',
      `The database in ${where.cluster} was made by another version of Postgres (${lastOf(lines)}). Use the Optio that made it, or run that Postgres yourself and set DATABASE_URL.`,
    )
  }
  if (/could not look up effective user ID/.test(output)) {
    return new OptioError(
      'DATABASE_START',
      `Optio runs as uid ${process.getuid?.()}, which has no name on this machine, and Postgres asks for one. Add it to /etc/passwd, start Optio as another user, or set DATABASE_URL.`,
    )
  }
  return new OptioError(
    'DATABASE_START',
    `The embedded database does not ${what}: ${lastOf(lines)} (more in ${where.log}). Its files are in ${where.cluster}.`,
  )
}

/** Postgres says the reason in the line with FATAL or PANIC; what follows it are hints. */
function lastOf(lines: readonly string[]): string {
  const telling = lines.findLast((line) => /FATAL|PANIC|error:|^postgres: /.test(line)) ?? lines.at(-1) ?? ''
  return telling.replace(/^.*?(FATAL|PANIC|error|postgres): */, '').trim() || 'it said nothing'
}

export function diskFull(path: string, cause?: unknown): OptioError {
  return new OptioError(
    'DISK_FULL',
    `The disk that holds Optio's database (${path}) is full. Nothing is lost: make room and start Optio again.`,
    { cause },
  )
}

/** Turns system errors of our own file operations into words; passes everything else on. */
export function explainSystemError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new OptioError(
      'DATABASE_START',
      `Optio may not use ${path} for its database (${(error as Error).message}). Give the user it runs as the right to write there, or choose another OPTIO_DATA_DIR.`,
      { cause: error },
    )
  }
  return error
}
