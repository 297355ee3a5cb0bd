import { readFile } from 'node:fs/promises'
import type { Diagnosis } from '@optio/contract'
import type { IsolationReport } from '@optio/runtimes'
import { type Examine, problem, warning, well } from './surroundings.ts'

/** How firmly agents are held on this machine, and what would hold them better. */
export const examineIsolation: Examine = async ({ isolation }) => {
  let report: IsolationReport
  try {
    report = await isolation()
  } catch (error) {
    const detail = `Agents and checks cannot be started: ${(error as Error).message}`
    const found = { id: 'isolation', area: 'isolation', title: 'Isolation', detail } as const
    return [problem(found, 'Mend what the message names; on Linux /proc has to be mounted.')]
  }
  return [await judgeFiles(report), judgeProcesses(report)]
}

async function judgeFiles(report: IsolationReport): Promise<Diagnosis> {
  const found = { id: 'isolation', area: 'isolation', title: 'Isolation of files' } as const
  if (report.hidesFiles) {
    return well({
      ...found,
      detail: 'By bubblewrap: credentials, Optio’s data and other tasks are hidden from agents.',
    })
  }
  const bubblewrap = report.probes.find(({ name }) => name === 'bubblewrap')
  const why = bubblewrap === undefined ? 'there is no bubblewrap' : `bubblewrap: ${bubblewrap.detail}`
  const detail = `Agents can read what this user can read, its credentials among it (${why}).`
  return warning({ ...found, detail }, await bubblewrapRemedy(bubblewrap?.detail ?? 'not installed'))
}

function judgeProcesses({ processes }: IsolationReport): Diagnosis {
  const found = { id: 'isolation:processes', area: 'isolation', title: 'Stopping agents' } as const
  if (processes !== 'best-effort') {
    return well({ ...found, detail: `Stopping reaches every process of an agent (${processes}).` })
  }
  const detail = 'Only as best effort: a process that hides itself can outlive its task.'
  return warning(
    { ...found, detail },
    process.platform === 'linux'
      ? 'Allow namespaces or control groups here (in a container: with its own user namespace), or install bubblewrap; see docs/security.md.'
      : 'Use a Linux machine for agents you do not trust.',
  )
}

const INSTALL: readonly [ids: readonly string[], command: string][] = [
  [['debian', 'ubuntu'], 'apt install bubblewrap'],
  [['fedora', 'rhel', 'centos'], 'dnf install bubblewrap'],
  [['arch'], 'pacman -S bubblewrap'],
  [['opensuse', 'suse'], 'zypper install bubblewrap'],
  [['alpine'], 'apk add bubblewrap'],
]

async function bubblewrapRemedy(detail: string): Promise<string> {
  if (process.platform !== 'linux') {
    return 'There is none for this system. Run Optio as a user that owns nothing of value, or on Linux.'
  }
  if (!/not installed/.test(detail)) {
    return (
      'It is installed but may not make namespaces. On Ubuntu 24.04 and newer: `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, ' +
      'or an AppArmor profile for bwrap. On others: `sysctl -w kernel.unprivileged_userns_clone=1`. In a container: allow it user namespaces.'
    )
  }
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap(([, list = '']) =>
    list.split(' '),
  )
  const command = INSTALL.find(([names]) => names.some((name) => ids.includes(name)))?.[1]
  return `${command === undefined ? 'Install the package bubblewrap' : `\`${command}\` as root`}; then start Optio again.`
}
