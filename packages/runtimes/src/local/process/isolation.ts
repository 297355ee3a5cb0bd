/**
 * How the processes of a step are kept together, so that ending one ends all of it, and what they cannot see. Which of
 * the mechanisms works is found by trying each once; the first that works is used.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { IsolationReport } from '../../runtime.ts'
import { type BubblewrapPlan, bubblewrapArguments } from './bubblewrap.ts'
import { controlGroupBase, probeControlGroup } from './control-group.ts'
import { HAS_PROC } from './process-identity.ts'

/** In order of preference. */
export const MECHANISMS = [
  'bubblewrap',
  'unshare',
  'unshare-user',
  'unshare-user-shared-proc',
  'cgroup-v2',
  'cgroup-v1',
  'best-effort',
] as const

export type MechanismName = (typeof MECHANISMS)[number]

export interface Mechanism {
  readonly name: MechanismName
  readonly processes: IsolationReport['processes']
  readonly hidesFiles: boolean
  /** How the supervisor ends a tree: through PID 1 of its namespace, through its group, or by looking for its members. */
  readonly kind: 'namespace' | 'cgroup' | 'none'
  /** Where control groups of steps are made, or null. */
  readonly controlGroupBase: string | null
  /** What stands before the init of the step. */
  wrap(plan: BubblewrapPlan): readonly string[]
}

export interface Probe {
  readonly mechanism: Mechanism
  readonly works: boolean
  readonly detail: string
}

/** Where the supervisor looks for its own tools: the usual places first, the PATH of Optio for unusual systems. */
export const TOOL_PATH = [
  ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
  ...(process.env.PATH ?? '').split(delimiter).filter((path) => path.startsWith('/')),
].join(delimiter)

export const SHELL = '/bin/sh'

/** Absolute path of a tool, or null. */
function findTool(name: string): string | null {
  for (const directory of TOOL_PATH.split(delimiter)) {
    const path = join(directory, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Look on.
    }
  }
  return null
}

let cached: Promise<readonly Probe[]> | undefined

/** Tries every mechanism once in the life of this process (some 50 ms in all). */
export function probeMechanisms(): Promise<readonly Probe[]> {
  cached ??= runProbes()
  return cached
}

async function runProbes(): Promise<readonly Probe[]> {
  const pdeathsig = await lifeline()
  return Promise.all(candidates(pdeathsig).map(probe))
}

interface Candidate {
  readonly mechanism: Mechanism
  /** Why it is not even tried. */
  readonly missing: string | null
  readonly note: string
}

function candidates(pdeathsig: readonly string[]): Candidate[] {
  const root = process.getuid?.() === 0
  const unshare = findTool('unshare')
  const bwrap = findTool('bwrap')
  const noLinux = HAS_PROC ? null : 'needs Linux'
  const noUnshare = noLinux ?? (unshare === null ? 'unshare (util-linux) is not installed' : null)
  const tied =
    pdeathsig.length > 0
      ? 'tied to the life of its supervisor'
      : 'setpriv is missing: ended by the monitor if its supervisor dies'
  const namespace = (
    name: MechanismName,
    processes: IsolationReport['processes'],
    flags: string[],
  ): Candidate => ({
    mechanism: {
      ...{ name, processes, hidesFiles: false, kind: 'namespace', controlGroupBase: null },
      wrap: () => [...pdeathsig, unshare ?? 'unshare', ...flags, '--pid', '--fork', '--kill-child'],
    },
    missing: noUnshare,
    note: tied,
  })
  const group = (name: MechanismName, base: string | null): Candidate => ({
    mechanism: {
      name,
      processes: 'cgroup',
      hidesFiles: false,
      kind: 'cgroup',
      controlGroupBase: base,
      wrap: () => [],
    },
    missing: noLinux ?? (base === null ? 'not mounted' : null),
    note: `below ${base}`,
  })
  return [
    {
      mechanism: {
        ...{
          name: 'bubblewrap',
          processes: 'bubblewrap',
          hidesFiles: true,
          kind: 'namespace',
          controlGroupBase: null,
        },
        wrap: (plan) => [bwrap ?? 'bwrap', ...bubblewrapArguments(plan)],
      },
      missing: noLinux ?? (bwrap === null ? 'bwrap (package bubblewrap) is not installed' : null),
      note: 'hides files too',
    },
    notFor(!root, 'needs root', namespace('unshare', 'pid-namespace', ['--mount-proc'])),
    notFor(
      root,
      'for users other than root',
      namespace('unshare-user', 'pid-namespace', ['--user', '--map-current-user', '--mount-proc']),
    ),
    namespace('unshare-user-shared-proc', 'user-pid-namespace', ['--user', '--map-current-user']),
    group('cgroup-v2', controlGroupBase('v2')),
    group('cgroup-v1', controlGroupBase('v1')),
    {
      mechanism: {
        ...{
          name: 'best-effort',
          processes: 'best-effort',
          hidesFiles: false,
          kind: 'none',
          controlGroupBase: null,
        },
        wrap: () => [],
      },
      missing: null,
      note: 'a process that leaves its session, its parent and its environment behind can escape',
    },
  ]
}

function notFor(excluded: boolean, why: string, candidate: Candidate): Candidate {
  return excluded ? { ...candidate, missing: candidate.missing ?? why } : candidate
}

async function probe({ mechanism, missing, note }: Candidate): Promise<Probe> {
  const failure = missing ?? (await tryOut(mechanism))
  return { mechanism, works: failure === null, detail: failure ?? note }
}

async function tryOut(mechanism: Mechanism): Promise<string | null> {
  if (mechanism.controlGroupBase !== null) return probeControlGroup(mechanism.controlGroupBase)
  if (mechanism.kind === 'none') return null
  const plan: BubblewrapPlan = {
    sandbox: { readWrite: [], readOnly: [], hidden: [] },
    argv: [],
    temporaryDirectory: null,
    emptyFile: '/dev/null',
    root: process.getuid?.() === 0,
  }
  const [file = '', ...args] = [...mechanism.wrap(plan), SHELL, '-c', 'echo $$; exit 0']
  const { output, error } = await run(file, args)
  if (error !== null) return error
  return output.trim() === '1' ? null : 'it ran, but not in a process namespace of its own'
}

/** The prefix that ends a program when its parent dies, or nothing where the tool is missing. */
async function lifeline(): Promise<readonly string[]> {
  const setpriv = findTool('setpriv')
  if (setpriv === null) return []
  const prefix = [setpriv, '--pdeathsig', 'KILL']
  return (await run(setpriv, [...prefix.slice(1), SHELL, '-c', 'exit 0'])).error === null ? prefix : []
}

function run(file: string, args: readonly string[]): Promise<{ output: string; error: string | null }> {
  return new Promise((resolve) => {
    const options = {
      env: { PATH: TOOL_PATH, LC_ALL: 'C' },
      timeout: 5000,
      killSignal: 'SIGKILL',
      cwd: '/',
    } as const
    execFile(file, args, options, (error, stdout, stderr) => {
      const said = stderr.trim().split('\n')[0]
      resolve({ output: stdout, error: error === null ? null : said || error.message })
    })
  })
}

export interface LaunchTools {
  /** Starts the program in a session of its own. */
  readonly detach: readonly string[]
  /** Removes from the environment what this machine's shell adds to it. */
  readonly strip: readonly string[]
}

let cachedTools: Promise<LaunchTools> | undefined

/** What stands between the init of a step and its program. */
export function launchTools(): Promise<LaunchTools> {
  cachedTools ??= findLaunchTools()
  return cachedTools
}

async function findLaunchTools(): Promise<LaunchTools> {
  const setsid = findTool('setsid')
  const perl = findTool('perl')
  const env = findTool('env')
  const bySetsid = setsid === null ? null : [setsid, '--']
  const byPerl =
    perl === null ? null : [perl, '-e', 'use POSIX; POSIX::setsid(); exec {$ARGV[0]} @ARGV or exit 127', '--']
  const detach = bySetsid ?? byPerl ?? []
  if (env === null) return { detach, strip: [] }
  const seen = await new Promise<string>((resolve) => {
    const script = 'unset PWD OLDPWD SHLVL; exec "$@"'
    execFile(
      SHELL,
      ['-c', script, 'sh', env],
      { env: { PATH: TOOL_PATH }, timeout: 5000 },
      (_error, stdout) => resolve(stdout),
    )
  })
  const names = [...seen.matchAll(/^([A-Za-z_][A-Za-z0-9_]*)=/gm)].map((match) => match[1] ?? '')
  const added = names.filter((name) => name !== 'PATH')
  return { detach, strip: added.length === 0 ? [] : [env, ...added.flatMap((name) => ['-u', name])] }
}
