import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processIdentity } from './process-identity.mjs'

/**
 * A lock between processes of one machine that survives the death of any of them.
 *
 * The lock is a directory of numbered files, and whoever made the highest one holds it. A file is made by link(2),
 * which is atomic and fails if the name exists. A holder that is done renames a "free" note over its own file; one that
 * died is recognised by its processes being gone. Either way the next holder links the next number, so that taking
 * over from a dead holder is the same atomic step as taking a free lock. (The usual alternative, deleting a stale lock
 * file, has a race: the second of two who find it stale deletes the fresh lock of the first.)
 *
 * @typedef {{ pid: number, identity: string | null, what: string }} Member a process that works under the lock
 * @typedef {{ free: boolean, members: Member[] }} Note
 */

const POLL_MS = 100

/** A lock that is held. */
export class HeldLock {
  #file
  #members

  /**
   * @param {string} file
   * @param {Member[]} members
   */
  constructor(file, members) {
    this.#file = file
    this.#members = members
  }

  /**
   * Names a child process as one more that works under this lock. The lock stays taken until it ended too, also when
   * this process is killed before.
   * @param {number} pid
   * @param {string} what
   */
  addMember(pid, what) {
    this.#members.push({ pid, identity: processIdentity(pid), what })
    replaceNote(this.#file, { free: false, members: this.#members })
  }

  /** Gives the lock back. */
  release() {
    replaceNote(this.#file, { free: true, members: [] })
  }
}

/**
 * Takes the lock, waiting for as long as a living process holds it.
 * @param {string} directory where the lock's files are; made when missing
 * @param {object} options
 * @param {string} options.what what this process does under the lock, for the message others see
 * @param {(holder: Member) => void} options.onWait called when there is another holder to wait for (once per holder)
 * @returns {Promise<HeldLock>}
 */
export async function takeLock(directory, { what, onWait }) {
  mkdirSync(directory, { recursive: true })
  const members = [{ pid: process.pid, identity: processIdentity(process.pid), what }]
  let announced = ''
  for (;;) {
    const newest = highestNumber(directory)
    const holder = newest === 0 ? null : livingHolder(path.join(directory, String(newest)))
    if (holder !== null) {
      const key = `${newest}:${holder.pid}`
      if (announced !== key) onWait(holder)
      announced = key
      await delay(POLL_MS)
      continue
    }
    const file = path.join(directory, String(newest + 1))
    if (!createNote(file, { free: false, members })) continue
    // Between looking and linking, others may have taken and given back the lock and removed old numbers; then a
    // higher number exists (the highest is never removed) and this one means nothing.
    if (highestNumber(directory) !== newest + 1) {
      rmSync(file, { force: true })
      continue
    }
    removeLowerThan(directory, newest + 1)
    return new HeldLock(file, members)
  }
}

/** @param {string} directory */
function highestNumber(directory) {
  return numbers(directory).reduce((highest, number) => Math.max(highest, number), 0)
}

/** @param {string} directory */
function numbers(directory) {
  return readdirSync(directory)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/**
 * @param {string} directory
 * @param {number} limit
 */
function removeLowerThan(directory, limit) {
  for (const name of readdirSync(directory)) {
    // Drafts are named after their number ("7.4242.draft"), so that those of the killed go the same way.
    if (Number.parseInt(name, 10) < limit) rmSync(path.join(directory, name), { force: true })
  }
}

/**
 * The first living process that works under the note, or null when the lock is free to take.
 * @param {string} file
 * @returns {Member | null}
 */
function livingHolder(file) {
  /** @type {Note} */
  let note
  try {
    note = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    // Removed by a newer holder since we looked, or emptied by a power cut: in neither case held by anybody.
    return null
  }
  if (note.free) return null
  return (
    note.members.find(({ pid, identity }) => identity !== null && processIdentity(pid) === identity) ?? null
  )
}

/**
 * @param {string} file
 * @param {Note} note
 * @returns {boolean} whether this call made it
 */
function createNote(file, note) {
  const draft = writeDraft(file, note)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    // EEXIST: another was first. ENOENT: others went on so far that they removed our draft as an old one.
    if (code === 'EEXIST' || code === 'ENOENT') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * @param {string} file
 * @param {Note} note
 */
function replaceNote(file, note) {
  renameSync(writeDraft(file, note), file)
}

/**
 * @param {string} file
 * @param {Note} note
 */
function writeDraft(file, note) {
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, JSON.stringify(note))
  return draft
}
