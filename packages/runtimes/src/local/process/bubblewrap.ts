/** Arguments of bubblewrap for a step: the whole file system read-only, hidden places covered, its own places writable. */
import { realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, sep } from 'node:path'
import type { StepSandbox } from '../../runtime.ts'

export interface BubblewrapPlan {
  readonly sandbox: StepSandbox
  /** The program and its arguments: what they name below /tmp stays readable although the step has a /tmp of its own. */
  readonly argv: readonly string[]
  /** The program's TMPDIR, or null. */
  readonly temporaryDirectory: string | null
  /** An empty regular file that covers hidden files: a device would answer "permission denied" where tools expect "nothing". */
  readonly emptyFile: string
  /** True when bwrap runs as root, which keeps its capabilities unless told otherwise. */
  readonly root: boolean
}

/**
 * What root keeps inside: enough to install packages and to own files, nothing that can undo a mount, read a device or
 * open files by handle behind the covers.
 */
const KEPT_CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
]

type Access = 'hidden' | 'readOnly' | 'readWrite'

interface Place {
  readonly path: string
  readonly access: Access
  readonly directory: boolean
}

/** Arguments up to and including `--`; the program follows. PID 1 inside is that program. */
export function bubblewrapArguments(plan: BubblewrapPlan): string[] {
  const readOnly = [...plan.sandbox.readOnly, ...programPlaces(plan.argv)]
  const places = sandboxPlaces({ ...plan.sandbox, readOnly })
  const args = ['--die-with-parent', '--unshare-pid', '--as-pid-1']
  if (plan.root)
    args.push('--cap-drop', 'ALL', ...KEPT_CAPABILITIES.flatMap((name) => ['--cap-add', `CAP_${name}`]))
  args.push('--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc')
  args.push(...privateTmp(places, plan.temporaryDirectory))
  const covered: string[] = []
  for (const { path, access, directory } of places) {
    if (access === 'readWrite') args.push('--bind', path, path)
    else if (access === 'readOnly') args.push('--ro-bind', path, path)
    else if (directory) {
      args.push('--tmpfs', path)
      covered.push(path)
    } else args.push('--ro-bind', plan.emptyFile, path)
  }
  // Last, because the mount points of what lies below are made in the covers.
  for (const path of covered) args.push('--remount-ro', path)
  args.push('--')
  return args
}

/**
 * The places that exist, by their real paths, outer before inner, so that each covers or opens what lies below the one
 * before. At the same path, opening wins over covering. A place below a hidden one needs no cover of its own.
 */
function sandboxPlaces(sandbox: StepSandbox): Place[] {
  const places = new Map<string, Place>()
  const add = (paths: readonly string[], access: Access): void => {
    for (const given of paths) {
      try {
        const path = realpathSync(given)
        places.set(path, { path, access, directory: statSync(path).isDirectory() })
      } catch {
        // Nothing there: nothing to hide or to open.
      }
    }
  }
  add(sandbox.hidden, 'hidden')
  add(sandbox.readOnly, 'readOnly')
  add(sandbox.readWrite, 'readWrite')
  const ordered = [...places.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  return ordered.filter((place) => {
    if (place.path === sep) return false
    const around = ordered.filter((other) => other !== place && contains(other.path, place.path)).at(-1)
    return place.access !== 'hidden' || around?.access !== 'hidden'
  })
}

/**
 * What the program's own words name below /tmp: a script with what lies beside it, or a directory. A checkout of Optio, or
 * an agent that somebody tries out, may well live there.
 */
function programPlaces(argv: readonly string[]): string[] {
  const tmp = realpathOrNull('/tmp')
  if (tmp === null) return []
  return argv.flatMap((word) => {
    const path = isAbsolute(word) ? realpathOrNull(word) : null
    if (path === null || !contains(tmp, path)) return []
    const directory = statSync(path).isDirectory() ? path : dirname(path)
    return [directory === tmp ? path : directory]
  })
}

/** A /tmp of its own: the step's temporary directory on disk, or memory where places of the plan lie below /tmp. */
function privateTmp(places: readonly Place[], temporaryDirectory: string | null): string[] {
  const tmp = realpathOrNull('/tmp')
  if (tmp === null) return []
  const own = temporaryDirectory === null ? null : realpathOrNull(temporaryDirectory)
  const writable = places.some(
    (place) => place.access === 'readWrite' && own !== null && covers(place.path, own),
  )
  const below = places.some((place) => covers(tmp, place.path))
  return own !== null && writable && !below ? ['--bind', own, tmp] : ['--perms', '1777', '--tmpfs', tmp]
}

function realpathOrNull(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}

function covers(outer: string, path: string): boolean {
  return outer === path || contains(outer, path)
}

function contains(outer: string, path: string): boolean {
  return path.startsWith(outer.endsWith(sep) ? outer : outer + sep)
}
