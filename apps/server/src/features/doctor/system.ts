import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import type { Diagnosis } from '@optio/contract'
import { isAtLeast } from '@optio/git'
import { examineEncryption } from './encryption.ts'
import { type Examine, problem, type Surroundings, warning, well } from './surroundings.ts'

/** As in package.json, "engines". */
const OLDEST_NODE = '20.19'

export const examineSystem: Examine = async (surroundings) => [
  judgeNode(surroundings.version),
  judgeUser(),
  await judgeDataDirectory(surroundings.config),
  await examineEncryption(surroundings),
]

function judgeNode(version: string): Diagnosis {
  const found = { id: 'node', area: 'system', title: 'Optio and Node' } as const
  const node = process.versions.node
  const detail = `Optio ${version} on Node ${node}, ${process.platform} ${process.arch}.`
  if (!isAtLeast(node, OLDEST_NODE)) {
    return problem(
      { ...found, detail: `${detail} It needs Node ${OLDEST_NODE} or newer.` },
      'Install a current Node (https://nodejs.org).',
    )
  }
  if (process.platform !== 'linux') {
    return warning({ ...found, detail }, 'This system is supported as best effort; Optio is tested on Linux.')
  }
  return well({ ...found, detail })
}

function judgeUser(): Diagnosis {
  const found = { id: 'user', area: 'system', title: 'User' } as const
  if (process.getuid?.() !== 0) return well({ ...found, detail: 'Optio runs as an ordinary user.' })
  return warning(
    { ...found, detail: 'Optio runs as root, and so do its agents.' },
    'Run it as a user of its own; examples/systemd has a unit that does.',
  )
}

async function judgeDataDirectory({ dataDir }: Surroundings['config']): Promise<Diagnosis> {
  const found = { id: 'data-directory', area: 'system', title: 'Data directory' } as const
  const seen = await stat(dataDir).catch((error: NodeJS.ErrnoException) => error)
  if (seen instanceof Error) {
    if (seen.code === 'ENOENT') return well({ ...found, detail: `${dataDir} is made at the first start.` })
    return problem(
      { ...found, detail: `${dataDir} cannot be looked at: ${seen.message}` },
      'Choose another OPTIO_DATA_DIR, or give its user access.',
    )
  }
  const usable = await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => seen.isDirectory(),
    () => false,
  )
  if (!usable) {
    return problem(
      { ...found, detail: `${dataDir} is no directory this user may write to.` },
      'Give it to the user that runs Optio (`chown`), or choose another OPTIO_DATA_DIR.',
    )
  }
  const mode = (seen.mode & 0o777).toString(8).padStart(3, '0')
  if ((seen.mode & 0o002) !== 0) {
    return problem(
      { ...found, detail: `Everybody may write to ${dataDir} (mode ${mode}).` },
      `\`chmod o-rwx '${dataDir}'\``,
    )
  }
  if ((seen.mode & 0o004) !== 0) {
    return warning(
      { ...found, detail: `Everybody may read ${dataDir} (mode ${mode}).` },
      `\`chmod o-rwx '${dataDir}'\``,
    )
  }
  return well({ ...found, detail: `${dataDir}, closed to others (mode ${mode}).` })
}
