import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process of this machine as /proc shows it. */
export interface SeenProcess {
  readonly pid: number
  readonly name: string
  readonly command: string
  readonly environment: string
  readonly directory: string
}

/** All processes that run now; zombies are left out, and what may not be read is empty. */
function runningProcesses(): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`)
      const state = stat.slice(stat.lastIndexOf(')') + 2)[0]
      if (stat === '' || state === 'Z' || state === 'X') return []
      return [
        {
          pid: Number(name),
          name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
          command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' '),
          environment: read(`/proc/${name}/environ`).replaceAll('\0', '\n'),
          directory: link(`/proc/${name}/cwd`),
        },
      ]
    })
}

/** Everything that has to do with a directory: started in it, for it, or working in it. This process and its children's git are not meant. */
export function processesAbout(directory: string): SeenProcess[] {
  return runningProcesses().filter(
    (seen) =>
      seen.pid !== process.pid &&
      (seen.command.includes(directory) ||
        seen.environment.includes(directory) ||
        seen.directory.startsWith(directory)),
  )
}

/** Processes that carry `word` in their command line. */
export function processesCalled(word: string): SeenProcess[] {
  return runningProcesses().filter((seen) => seen.command.includes(word))
}

/** SIGKILL; a process that ended by itself meanwhile is fine. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
