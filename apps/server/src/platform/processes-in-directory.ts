import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Account } from './account.ts'
import { isRunning } from './process-identity.ts'

const run = promisify(execFile)

/** Reads the answer of `lsof -F pn`: a line `p<pid>` opens a process, `n<path>` is its working directory. */
export function parseWorkingDirectories(listing: string): Map<number, string> {
  const directories = new Map<number, string>()
  let pid = 0
  for (const line of listing.split('\n')) {
    if (line.startsWith('p')) pid = Number(line.slice(1))
    else if (line.startsWith('n') && pid > 0) directories.set(pid, line.slice(1))
  }
  return directories
}

/**
 * Pids of the running processes that have this program name (the kernel's `comm`) and whose working directory is exactly
 * `directory` (a real path).
 *
 * `as` is the account they run as when that is not ours: root in a container usually lacks CAP_SYS_PTRACE and then may not
 * read where the processes of others are, but that account itself may.
 */
export async function processesIn(directory: string, command: string, as: Account | null): Promise<number[]> {
  if (process.platform !== 'linux') {
    const listing = await run('lsof', ['-a', '-d', 'cwd', '-c', command, '-F', 'pn']).then(
      (out) => out.stdout,
      () => '',
    )
    return [...parseWorkingDirectories(listing)].flatMap(([pid, cwd]) => (cwd === directory ? [pid] : []))
  }
  const pids: number[] = []
  await Promise.all(
    (await readdir('/proc')).map(async (name) => {
      if (!/^\d+$/.test(name)) return
      const comm = await readFile(`/proc/${name}/comm`, 'utf8').catch(() => '')
      if (comm.trimEnd() === command) pids.push(Number(name))
    }),
  )
  const directories = await workingDirectories(pids, as)
  return pids.filter((pid) => directories.get(pid) === directory && isRunning(pid))
}

/** Working directories of Linux processes, of those that are still there and may be looked at. */
async function workingDirectories(pids: readonly number[], as: Account | null): Promise<Map<number, string>> {
  const directories = new Map<number, string>()
  const refused: number[] = []
  await Promise.all(
    pids.map(async (pid) => {
      try {
        directories.set(pid, await readlink(`/proc/${pid}/cwd`))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EACCES') refused.push(pid)
      }
    }),
  )
  if (refused.length > 0 && as !== null) {
    const script = 'for pid; do printf "p%s\\nn%s\\n" "$pid" "$(readlink "/proc/$pid/cwd")"; done'
    const { stdout } = await run('sh', ['-c', script, 'sh', ...refused.map(String)], {
      uid: as.uid,
      gid: as.gid,
      cwd: '/',
    })
    for (const [pid, cwd] of parseWorkingDirectories(stdout)) directories.set(pid, cwd)
  }
  return directories
}
