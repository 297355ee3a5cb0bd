import { link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBackup, restoreBackup } from '../../src/backup/index.ts'
import { putGlobal, readValue, SecretPlace, thrown } from '../secrets/support.ts'

let original: SecretPlace
let copy: SecretPlace
beforeEach(async () => {
  original = await SecretPlace.make()
  copy = await SecretPlace.make()
  await putGlobal(await original.open(), 'NAME', 'the value')
})
afterEach(async () => {
  await original.close()
  await copy.close()
})

const installation = ({ dataDir, store }: SecretPlace) => ({ dataDir, databaseUrl: store.url })

async function backUp(options: { withKey?: boolean }): Promise<string> {
  const file = join(original.dataDir, '..', `${original.store.target.database}.tgz`)
  await createBackup(installation(original), {
    ...{ file, pausedForBackup: false, say: () => undefined },
    ...options,
  })
  const inCopy = join(copy.dataDir, 'scratch')
  await mkdir(inCopy)
  await writeFile(join(inCopy, 'backup.tgz'), await readFile(file))
  await rm(file)
  return join(inCopy, 'backup.tgz')
}

test('a backup has the secrets and not their key, and the restore says what is missing', async () => {
  const said: string[] = []
  await restoreBackup(installation(copy), await backUp({}), (line) => void said.push(line))
  expect(said.join('\n')).toContain('encrypted with a key that is not here')
  await expect(stat(join(copy.dataDir, 'encryption-key'))).rejects.toThrow('ENOENT')
  const secrets = await copy.open()
  expect(await thrown(() => readValue(secrets, 'NAME'))).toMatchObject({ code: 'SECRET_UNREADABLE' })
  // Brought along, it opens them.
  await writeFile(
    join(copy.dataDir, 'encryption-key'),
    await readFile(join(original.dataDir, 'encryption-key')),
  )
  expect(await readValue(secrets, 'NAME')).toBe('the value')
})

test('what a process that was killed has left of the making of the key is in no backup without it', async () => {
  await link(join(original.dataDir, 'encryption-key'), join(original.dataDir, 'encryption-key.0123456789ab'))
  await restoreBackup(installation(copy), await backUp({}), () => undefined)
  expect((await readdir(copy.dataDir)).filter((name) => name.includes('key'))).toEqual([])
})

test('a backup with the key is all that is needed, also where an empty installation has made one', async () => {
  await copy.open()
  const said: string[] = []
  await restoreBackup(installation(copy), await backUp({ withKey: true }), (line) => void said.push(line))
  expect(said.join('\n')).not.toContain('not here')
  expect((await stat(join(copy.dataDir, 'encryption-key'))).mode & 0o777).toBe(0o600)
  expect(await readValue(await copy.open(), 'NAME')).toBe('the value')
})

test('nothing is brought into an installation that has secrets', async () => {
  await putGlobal(await copy.open(), 'OWN', 'a value of its own')
  const file = await backUp({ withKey: true })
  expect(await thrown(() => restoreBackup(installation(copy), file, () => undefined))).toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('has secrets'),
  })
  expect(await readValue(await copy.open(), 'OWN')).toBe('a value of its own')
})
