/** Control groups that this process may make: cgroup v2 with `cgroup.kill`, or the freezer of v1. Linux only. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export type ControlGroupVersion = 'v2' | 'v1'

/** Directory of the group this process is in, in the hierarchy that can end whole groups; null where there is none. */
export function controlGroupBase(version: ControlGroupVersion): string | null {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    const memberships = readFileSync('/proc/self/cgroup', 'utf8').split('\n')
    for (const line of mounts) {
      const [before, after] = line.split(' - ')
      const [, , , root, mountPoint] = before?.split(' ') ?? []
      const [type, , options] = after?.split(' ') ?? []
      if (root === undefined || mountPoint === undefined) continue
      const wanted =
        version === 'v2' ? type === 'cgroup2' : type === 'cgroup' && options?.split(',').includes('freezer')
      if (!wanted) continue
      const own = memberships
        .map((text) => /^\d+:([^:]*):(.*)$/.exec(text))
        .find((match) =>
          version === 'v2' ? match?.[1] === '' : match?.[1]?.split(',').includes('freezer'),
        )?.[2]
      const relative = own === undefined ? '' : posix.relative(root, own)
      return relative.startsWith('..') ? mountPoint : posix.join(mountPoint, relative)
    }
  } catch {
    // No /proc or no control groups.
  }
  return null
}

/** Path of the control group of the step with this mark. */
export function controlGroupPath(base: string, mark: string): string {
  return posix.join(base, `optio-${mark}`)
}

/** Ends every process in the group at once, if the group exists. */
export async function killControlGroup(path: string): Promise<void> {
  if (!existsSync(path)) return
  for (let pause = 5; controlGroupPids(path).length > 0; pause = Math.min(pause * 2, 500)) {
    try {
      if (existsSync(posix.join(path, 'cgroup.kill'))) writeFileSync(posix.join(path, 'cgroup.kill'), '1')
      else {
        writeFileSync(posix.join(path, 'freezer.state'), 'FROZEN')
        for (const pid of controlGroupPids(path)) killQuietly(pid)
        writeFileSync(posix.join(path, 'freezer.state'), 'THAWED')
      }
    } catch {
      if (!existsSync(path)) return
    }
    await delay(pause)
  }
  try {
    rmdirSync(path)
  } catch {
    // The supervisor removes it too; whoever comes second finds nothing.
  }
}

function controlGroupPids(path: string): number[] {
  try {
    return readFileSync(posix.join(path, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

/** Proves that a group can be made, entered and ended here; answers why not, or null when it works. */
export async function probeControlGroup(base: string): Promise<string | null> {
  const path = controlGroupPath(base, `probe-${process.pid}`)
  removeStaleProbes(base)
  try {
    mkdirSync(path)
  } catch (error) {
    return `cannot make a group below ${base} (${(error as NodeJS.ErrnoException).code})`
  }
  const child = spawn(
    '/bin/sh',
    ['-c', 'echo 0 >"$1/cgroup.procs" && echo in && exec sleep 20', 'sh', path],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    },
  )
  const ended = new Promise<string>((resolve) => {
    child.on('error', () => resolve('error'))
    child.on('exit', (code, signal) => resolve(signal ?? String(code)))
  })
  try {
    const entered = await Promise.race([
      new Promise<boolean>((resolve) => child.stdout.on('data', () => resolve(true))),
      ended.then(() => false),
    ])
    if (!entered) return 'a group can be made but not entered'
    await Promise.race([killControlGroup(path), delay(3000)])
    return (await Promise.race([ended, delay(3000)])) === 'SIGKILL' ? null : 'a group cannot be ended'
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
    await killControlGroup(path)
  }
}

/** Removes what a process left that was killed in the midst of its probe. */
function removeStaleProbes(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = /^optio-probe-(\d+)$/.exec(name)?.[1]
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    try {
      rmdirSync(posix.join(base, name))
    } catch {
      // Its last process has not ended yet, or another one was quicker.
    }
  }
}
