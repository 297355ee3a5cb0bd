import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Diagnosis, OptioError } from '@optio/contract'
import { KEY_FILE, readMasterKeys } from '../../secrets/master-key.ts'
import { problem, type Surroundings, warning, well } from './surroundings.ts'

/** The master key of secrets: that it is there, and that nobody else can read it. */
export async function examineEncryption({ config, server }: Surroundings): Promise<Diagnosis> {
  const found = { id: 'encryption-key', area: 'system', title: 'Key of secrets' } as const
  const { dataDir, encryptionKey } = config
  try {
    const { source, keys } = await readMasterKeys({ variable: encryptionKey, dataDir })
    const unreadable = await whyUnreadable(server)
    if (unreadable !== null) {
      return problem({ ...found, detail: unreadable }, 'Put the right key back; docs/operations.md says how.')
    }
    if (source === 'environment')
      return well({ ...found, detail: 'It comes from OPTIO_ENCRYPTION_KEY. Keep a copy elsewhere.' })
    const file = join(dataDir, KEY_FILE)
    if (keys.length === 0) return well({ ...found, detail: `${file} is made at the first start.` })
    const mode = (await stat(file)).mode & 0o777
    if ((mode & 0o077) !== 0) {
      const shown = mode.toString(8).padStart(3, '0')
      return problem(
        { ...found, detail: `Others may read ${file} (mode ${shown}).` },
        `\`chmod 600 '${file}'\``,
      )
    }
    return well({
      ...found,
      detail: `${file}, for its owner only. Keep a copy elsewhere: backups leave it out.`,
    })
  } catch (error) {
    if (!(error instanceof OptioError)) throw error
    return warning({ ...found, detail: error.message }, 'Mend it, then start Optio again.')
  }
}

/** What is encrypted with a key that is not here, in words; null where it can be read, or there is no server to ask. */
async function whyUnreadable(server: Surroundings['server']): Promise<string | null> {
  try {
    await server?.secrets.keys.prepare()
    return null
  } catch (error) {
    if (error instanceof OptioError && error.code === 'SECRET_UNREADABLE') return error.message
    throw error
  }
}
