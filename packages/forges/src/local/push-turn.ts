import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Who pushes to an upstream now. */
interface Holder {
  readonly token: string
  /** The Optio that pushes. */
  readonly pid: number
  /** Process group of its git, once it runs; it may outlive a killed Optio. */
  readonly group: number | null
}

export interface PushTurn {
  /** Records the git that pushes: the turn lasts as long as it lives, whatever becomes of this process. */
  started(group: number): void
}

const LOOK_MS = 20
/** Turns of this process, so that a claim left by an earlier process with our pid is not taken for one of them. */
const own = new Set<string>()

/**
 * Runs one push at a time into the upstream of a mirror, over all processes of this host. git brings a checkout up to date
 * before it locks the branch: of two pushes at once, the loser leaves its files in it, and the checkout stays dirty for
 * good. A git that goes on after its Optio was killed still has the turn.
 *
 * @param longestMs a claim older than this is left over, whatever processes there are (pids are used again).
 */
export async function inPushTurn<T>(
  mirrorDir: string,
  longestMs: number,
  push: (turn: PushTurn) => Promise<T>,
): Promise<T> {
  const file = join(mirrorDir, 'optio-push')
  const token = randomUUID()
  own.add(token)
  try {
    while (!(await claim(file, { token, pid: process.pid, group: null }, longestMs))) await sleep(LOOK_MS)
    return await push({
      started: (group) => replace(file, { token, pid: process.pid, group }),
    })
  } finally {
    own.delete(token)
    if ((await read(file))?.token === token) await rm(file, { force: true })
  }
}

/** True when the turn is ours now. link(2) fails where the name exists, so exactly one of all contenders succeeds. */
async function claim(file: string, holder: Holder, longestMs: number): Promise<boolean> {
  const found = await read(file)
  if (found !== null) {
    if (await isAlive(file, found, longestMs)) return false
    await removeLeftover(file, found)
  }
  const draft = `${file}.${holder.token}`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 })
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** At once: a kill between git's start and this record would leave a push that nobody knows of. */
function replace(file: string, holder: Holder): void {
  const draft = `${file}.${holder.token}`
  try {
    writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
    renameSync(draft, file)
  } catch {
    // A full disk: the push is under way, and the turn is still ours as long as this process lives.
    rmSync(draft, { force: true })
  }
}

async function read(file: string): Promise<Holder | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return text === null ? null : (JSON.parse(text) as Holder)
}

async function isAlive(file: string, { token, pid, group }: Holder, longestMs: number): Promise<boolean> {
  const made = await stat(file).then(
    (facts) => facts.mtimeMs,
    () => 0,
  )
  if (Date.now() - made > longestMs) return false
  if (group !== null && answersTo(-group)) return true
  return pid === process.pid ? own.has(token) : answersTo(pid)
}

function answersTo(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Moves it away before looking at it again: what somebody else claimed meanwhile is put back. */
async function removeLeftover(file: string, leftover: Holder): Promise<void> {
  const aside = `${file}.${randomUUID()}`
  try {
    await rename(file, aside)
    if ((await read(aside))?.token !== leftover.token) await link(aside, file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error
  } finally {
    await rm(aside, { force: true })
  }
}
