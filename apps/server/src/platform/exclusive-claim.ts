import { randomBytes } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessIdentity } from '@optio/runtimes'
import { livenessOf, ownIdentity } from './process-identity.ts'

/**
 * An exclusive claim on something, held by one live process of this machine. Node has no flock, so it is made of files:
 * one per generation, `<n>.json`, in a directory of its own. The claim is the highest number, and whoever links the next
 * number holds it; link(2) fails when the name exists, so two can never link the same one.
 *
 * A claim whose process died is taken over by linking the next number, never by removing the file: between "it is dead" and
 * an unlink, a third process could have taken it over already. Released claims stay as a tombstone for the same reason.
 */
export interface ExclusiveClaim {
  /** Gives the claim up. Idempotent. */
  release(): Promise<void>
}

/** Who holds the claim. */
export interface ClaimHolder extends ProcessIdentity {
  /** Wall-clock time of the claim, for messages only. */
  readonly since: string
}

export type ClaimResult =
  | { readonly claimed: true; readonly claim: ExclusiveClaim }
  | { readonly claimed: false; readonly holder: ClaimHolder }

interface ClaimFile extends ClaimHolder {
  readonly nonce: string
  readonly released: boolean
}

/** Old generations that are kept: a contender that slept this many takeovers between looking and linking could err. */
const KEPT_GENERATIONS = 4

const nameOf = (generation: number): string => `${String(generation).padStart(6, '0')}.json`

async function generations(directory: string): Promise<number[]> {
  const names = await readdir(directory)
  return names
    .flatMap((name) => (/^\d{6,}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => b - a)
}

async function readClaim(path: string): Promise<ClaimFile | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  try {
    return JSON.parse(text) as ClaimFile
  } catch {
    // Linked only when whole, so a torn file is what a crash of the machine left: its holder is gone.
    return { pid: 0, start: '', bootId: '', pidNamespace: null, since: '', nonce: '', released: true }
  }
}

/**
 * Takes the claim that lives in `directory` (made when missing), or says who holds it.
 *
 * `livesElsewhere` answers for a holder in another pid namespace (a container that shares the directory), which cannot be
 * looked up here: true when there is other evidence that it still works. Without it such a holder counts as dead, because a
 * restarted container always finds its former self in another namespace.
 */
export async function claimExclusively(
  directory: string,
  options: { livesElsewhere?: () => Promise<boolean> } = {},
): Promise<ClaimResult> {
  await mkdir(directory, { recursive: true })
  const mine: ClaimFile = {
    ...ownIdentity(),
    since: new Date().toISOString(),
    nonce: randomBytes(8).toString('hex'),
    released: false,
  }
  for (;;) {
    const highest = (await generations(directory))[0] ?? 0
    if (highest > 0) {
      const current = await readClaim(join(directory, nameOf(highest)))
      if (current === null) continue
      if (!current.released) {
        const liveness = livenessOf(current)
        const alive =
          liveness === 'alive' || (liveness === 'unknown' && ((await options.livesElsewhere?.()) ?? false))
        if (alive) return { claimed: false, holder: current }
      }
    }
    const won = await linkGeneration(directory, highest + 1, mine)
    if (won) return { claimed: true, claim: heldClaim(directory, highest + 1, mine) }
  }
}

async function linkGeneration(directory: string, generation: number, mine: ClaimFile): Promise<boolean> {
  const draft = join(directory, `${mine.nonce}.tmp`)
  const path = join(directory, nameOf(generation))
  try {
    await writeFile(draft, JSON.stringify(mine), { mode: 0o644 })
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(draft).catch(() => undefined)
  }
  const found = await generations(directory)
  if ((found[0] ?? 0) > generation) {
    // Others went on while this process slept: what was linked was an old number that had been cleaned away.
    await unlink(path).catch(() => undefined)
    return false
  }
  for (const old of found.filter((number) => number <= generation - KEPT_GENERATIONS)) {
    await unlink(join(directory, nameOf(old))).catch(() => undefined)
  }
  return true
}

function heldClaim(directory: string, generation: number, mine: ClaimFile): ExclusiveClaim {
  const path = join(directory, nameOf(generation))
  let released: Promise<void> | undefined
  const release = async () => {
    const current = await readClaim(path).catch(() => null)
    if (current?.nonce !== mine.nonce) return
    const draft = join(directory, `${mine.nonce}.tmp`)
    try {
      await writeFile(draft, JSON.stringify({ ...mine, released: true }), { mode: 0o644 })
      await rename(draft, path)
    } catch {
      // A full disk or a directory that was removed: the claim ends with this process anyway.
      await unlink(draft).catch(() => undefined)
    }
  }
  return {
    release: () => {
      released ??= release()
      return released
    },
  }
}
