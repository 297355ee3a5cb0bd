import { createWriteStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { NAMES } from '../../src/backup/manifest.ts'
import { checkBackup, readBackup } from '../../src/backup/read-backup.ts'
import { requireOurTables } from '../../src/backup/restore-backup.ts'
import type { TarEntry } from '../../src/backup/tar-format.ts'
import { TarWriter } from '../../src/backup/tar-writer.ts'
import { Incoming } from '../../src/backup/write-place.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optio-archive-'))
})
afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

type Given = Partial<TarEntry> & { name: string; content?: string }

const MANIFEST = {
  format: 1,
  program: 'optio',
  version: '9.9.9',
  createdAt: '2030-01-01T00:00:00.000Z',
  migrations: [],
  tables: [{ name: 'runs', columns: ['id'] }],
  pausedForBackup: false,
}

/** An archive that is whole, with these entries in it. */
async function archive(
  name: string,
  entries: readonly Given[],
  manifest: unknown = MANIFEST,
): Promise<string> {
  const file = join(directory, `${name}.tgz`)
  const gzip = createGzip()
  const flowing = pipeline(gzip, createWriteStream(file))
  const tar = new TarWriter(gzip)
  await tar.addBytes(NAMES.manifest, Buffer.from(JSON.stringify(manifest)), 0)
  for (const { content = '', ...entry } of entries) {
    const bytes = Buffer.from(content)
    await tar.add({ kind: 'file', size: bytes.length, mode: 0o644, mtime: 0, target: '', ...entry }, [bytes])
  }
  const end = { sha256: tar.digest(), entries: tar.entries, bytes: tar.bytes, rows: {} }
  await tar.addBytes(NAMES.end, Buffer.from(JSON.stringify(end)), 0)
  await tar.end()
  await flowing
  return file
}

const directories = (...names: string[]): Given[] =>
  names.map((name) => ({ name: `files/${name}`, kind: 'directory' }))
const clone = directories('environments', 'environments/e', 'environments/e/clone')

const HOSTILE: readonly (readonly [what: string, entries: Given[]])[] = [
  ['an absolute path', [{ name: 'files//etc/passwd' }]],
  ['a path that climbs', [{ name: 'files/../outside' }]],
  ['a path that climbs from within', [...directories('a'), { name: 'files/a/../../outside' }]],
  ['a name with NUL', [{ name: 'files/a\0b' }]],
  ['a link at the top', [{ name: 'files/mirrors', kind: 'symlink', target: '/etc' }]],
  [
    'a link in the place of a clone',
    [...clone.slice(0, 2), { name: 'files/environments/e/clone', kind: 'symlink', target: '/etc' }],
  ],
  [
    'a file below a link',
    [
      ...clone,
      { name: 'files/environments/e/clone/x', kind: 'symlink', target: '/etc' },
      { name: 'files/environments/e/clone/x/passwd' },
    ],
  ],
  [
    'a file in the place of a link',
    [
      ...clone,
      { name: 'files/environments/e/clone/x', kind: 'symlink', target: '/etc/passwd' },
      { name: 'files/environments/e/clone/x' },
    ],
  ],
  ['a file in no directory', [{ name: 'files/a/b' }]],
  ['the same place twice', [{ name: 'files/a' }, { name: 'files/a' }]],
  ['rows of a table that is not named', [{ name: 'database/pg_authid/1' }]],
  ['a table with a name of its own making', [{ name: 'database/runs"; drop table runs; --/1' }]],
  ['a database of its own beside the tables', directories('postgres')],
  ['an address that commands would go to', [{ name: 'files/server.json', content: '{}' }]],
  ['an entry outside of both', [{ name: 'elsewhere' }]],
]

it.each(HOSTILE)('%s is refused', async (what, entries) => {
  const file = await archive(what.replaceAll(/\W/g, '-'), entries)
  await expect(checkBackup(file)).rejects.toMatchObject({ code: 'BACKUP' })
})

it('tables that are none of Optio’s are refused before anything is touched', () => {
  expect(() => requireOurTables({ tables: [{ name: 'runs', columns: ['id'] }] })).not.toThrow()
  const foreign = [...MANIFEST.tables, { name: 'accounts', columns: ['id'] }]
  expect(() => requireOurTables({ tables: foreign })).toThrow(/accounts/)
})

it('a file that is whole is accepted, long names and links inside of clones too', async () => {
  const long = `${'ü'.repeat(90)}.txt`
  const file = await archive('good', [
    ...clone,
    { name: `files/environments/e/clone/${long}`, content: 'long', mode: 0o755 },
    { name: 'files/environments/e/clone/python', kind: 'symlink', target: '/usr/bin/python3' },
    { name: 'files/host-id', content: 'host\n' },
  ])
  const { top, fileBytes } = await checkBackup(file)
  expect({ top: [...top], fileBytes }).toEqual({ top: ['environments', 'host-id'], fileBytes: 9 })
  const dataDir = join(directory, 'data')
  const incoming = new Incoming(dataDir)
  await incoming.begin()
  await readBackup(file, {
    manifest: async () => undefined,
    part: async (part) => {
      if (part.kind === 'file') await incoming.add(part)
    },
  })
  await incoming.settle()
  expect((await readdir(dataDir)).sort()).toEqual(['environments', 'host-id'])
  expect(await readFile(join(dataDir, 'environments/e/clone', long), 'utf8')).toBe('long')
})

it('a file that is cut off, changed, or no archive at all is refused', async () => {
  const file = await archive('whole', [{ name: 'files/a', content: 'x'.repeat(5000) }])
  const tar = gunzipSync(await readFile(file))
  const damagedAt = async (name: string, bytes: Buffer) => {
    const place = join(directory, name)
    await writeFile(place, bytes)
    await expect(checkBackup(place)).rejects.toMatchObject({ code: 'BACKUP' })
  }
  await damagedAt('cut', (await readFile(file)).subarray(0, 100))
  await damagedAt('cut-tar', gzipSync(tar.subarray(0, 3 * 512)))
  const changed = Buffer.from(tar)
  changed[tar.indexOf('xxxx') + 100] = 0x79
  await damagedAt('changed', gzipSync(changed))
  const hardLink = Buffer.from(tar)
  hardLink.write('1', tar.indexOf('files/a') + 156, 'latin1')
  await damagedAt('hard-link', gzipSync(hardLink))
  await damagedAt('text', Buffer.from('no archive'))
  await damagedAt('newer', await readFile(await archive('newer-format', [], { ...MANIFEST, format: 2 })))
  await expect(checkBackup(join(directory, 'missing'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
