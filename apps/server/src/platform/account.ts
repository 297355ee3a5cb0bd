import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A user of this machine that a child process is started as. */
export interface Account {
  readonly uid: number
  readonly gid: number
  /** For messages. */
  readonly name: string
}

/** Looks a user up through `id`, which asks every source of users there is; null when it does not exist. */
export async function accountNamed(name: string): Promise<Account | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout), name }
  } catch {
    return null
  }
}

/**
 * Whether an account may do what `bits` says (4 read, 2 write, 1 enter or execute) with a path and enter every directory
 * above it. By the mode bits: access control lists are not looked at, so the answer may be a needless "no". A child started with an account has no
 * supplementary groups, so only its own group counts.
 */
export async function mayReach(account: Account, path: string, bits: number): Promise<boolean> {
  const allows = async (target: string, wanted: number): Promise<boolean> => {
    const found = await stat(target)
    const shift = found.uid === account.uid ? 6 : found.gid === account.gid ? 3 : 0
    return ((found.mode >> shift) & wanted) === wanted
  }
  if (!(await allows(path, bits))) return false
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    if (!(await allows(parent, 1))) return false
    if (parent === dirname(parent)) return true
  }
}
