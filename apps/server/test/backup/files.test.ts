import { execFileSync } from 'node:child_process'
import { createWriteStream, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { chmod, lchown, mkdir, mkdtemp, open, readdir, readlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { sentenceOf } from '../../src/backup/create-backup.ts'
import { type Unread, writeFiles } from '../../src/backup/files.ts'
import { type End, NAMES } from '../../src/backup/manifest.ts'
import { openPlain, wasAt } from '../../src/backup/opened.ts'
import { checkBackup, readBackup } from '../../src/backup/read-backup.ts'
import { TarWriter } from '../../src/backup/tar-writer.ts'

const NOBODY = 65534
const CLONE = 'environments/e/clone'
const HOME = 'environments/e/home'

let root: string
let dataDir: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'optio-files-'))
  dataDir = join(root, 'data')
  await mkdir(join(dataDir, CLONE), { recursive: true })
  await mkdir(join(dataDir, HOME), { recursive: true })
})
afterEach(() => {
  execFileSync('find', [root, '-type', 'd', '!', '-perm', '-700', '-exec', 'chmod', '700', '{}', ';'])
  // Unlike node's own, it goes deeper than a path can be long.
  execFileSync('rm', ['-rf', root])
})

async function put(path: string, content = 'content'): Promise<string> {
  const place = join(dataDir, path)
  await mkdir(dirname(place), { recursive: true })
  await writeFile(place, content)
  return place
}

const backupFile = () => join(root, 'backup.tgz')

/** Writes the files of the data directory into an archive. */
async function copy(before: (path: string) => void = () => undefined): Promise<Unread> {
  const gzip = createGzip()
  const flowing = pipeline(gzip, createWriteStream(backupFile()))
  flowing.catch(() => undefined)
  const tar = new TarWriter(gzip)
  const manifest = {
    format: 1,
    program: 'optio',
    version: '9.9.9',
    createdAt: '2030-01-01T00:00:00.000Z',
    migrations: [],
    tables: [],
    pausedForBackup: false,
  }
  try {
    await tar.addBytes(NAMES.manifest, Buffer.from(JSON.stringify(manifest)), 0)
    const unread = await writeFiles(tar, dataDir, (path) => {
      before(path)
      return true
    })
    const end: End = {
      sha256: tar.digest(),
      entries: tar.entries,
      bytes: tar.bytes,
      rows: {},
      unread: unread.count,
    }
    await tar.addBytes(NAMES.end, Buffer.from(JSON.stringify(end)), 0)
    await tar.end()
    await flowing
    return unread
  } finally {
    gzip.destroy()
  }
}

/** Contents of the files in the archive, by their path. */
async function contents(): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  await readBackup(backupFile(), {
    manifest: async () => undefined,
    part: async (part) => {
      if (part.kind !== 'file' || part.entry.kind !== 'file') return
      const pieces: Buffer[] = []
      for await (const piece of part.content) pieces.push(piece)
      found[part.path] = Buffer.concat(pieces).toString()
    },
  })
  return found
}

/** As a user whom modes bind: root reads everything. This process is the test file's own. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return await work()
  await lchown(root, NOBODY, NOBODY)
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, root])
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

it('what an agent made unreadable in its clone or home is left out and counted, and everything else is in the backup', async () => {
  await put('mirrors/m/HEAD')
  await put(`${CLONE}/readable`)
  await put(`${HOME}/readable`)
  await chmod(await put(`${CLONE}/a\u001b[2Jb`), 0)
  await put(`${HOME}/closed/below`)
  await chmod(join(dataDir, HOME, 'closed'), 0)
  // Its names can be listed, and nothing more.
  await put(`${HOME}/listed/below`)
  await chmod(join(dataDir, HOME, 'listed'), 0o400)
  const unread = await asOrdinaryUser(async () => await copy())
  expect(unread).toEqual({
    count: 3,
    first: [`${CLONE}/a\u001b[2Jb`, `${HOME}/closed`, `${HOME}/listed/below`],
  })
  expect(Object.keys(await contents())).toEqual([`${CLONE}/readable`, `${HOME}/readable`, 'mirrors/m/HEAD'])
  expect((await checkBackup(backupFile())).unread).toBe(3)
})

it('a clone or home that is itself unreadable stops no backup', async () => {
  await put('mirrors/m/HEAD')
  for (const path of [CLONE, HOME]) {
    await put(`${path}/file`)
    await chmod(join(dataDir, path), 0)
  }
  const unread = await asOrdinaryUser(async () => await copy())
  expect(unread).toEqual({ count: 2, first: [CLONE, HOME] })
  expect(Object.keys(await contents())).toEqual(['mirrors/m/HEAD'])
})

it.each(['mirrors/m/HEAD', 'keys/secret', 'environments/e/steps/1/agent/output', 'mirrors/m'])(
  'an unreadable %s ends the backup with an error that says what to do',
  async (path) => {
    if (path === 'mirrors/m') await put('mirrors/m/HEAD')
    else await put(path)
    await chmod(join(dataDir, path), 0)
    const copied = asOrdinaryUser(async () => await copy())
    await expect(copied).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(new RegExp(`${path} cannot be read .*Run this as the user`)),
    })
  },
)

it('directories in directories, too deep for any path, stop no backup', async () => {
  await put(`${CLONE}/z`)
  const at = process.cwd()
  const name = 'd'.repeat(250)
  process.chdir(join(dataDir, CLONE))
  try {
    for (let depth = 0; depth < 20; depth += 1) {
      mkdirSync(name)
      process.chdir(name)
    }
  } finally {
    process.chdir(at)
  }
  expect((await copy()).count).toBe(1)
  expect(await contents()).toEqual({ [`${CLONE}/z`]: 'content' })
})

it('a directory that becomes a link while it is copied brings nothing of the host into the backup', async () => {
  await put(`${CLONE}/dir/secret`, 'of the agent')
  const outside = join(root, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), 'of the host')
  await copy((path) => {
    if (path !== `${CLONE}/dir/secret`) return
    renameSync(join(dataDir, CLONE, 'dir'), join(root, 'moved'))
    symlinkSync(outside, join(dataDir, CLONE, 'dir'))
  })
  expect(Object.values(await contents())).toEqual([])
})

it('a link, a named pipe or a directory in the place of a file is not opened as one', async () => {
  const place = join(root, 'place')
  const host = join(root, 'host')
  writeFileSync(host, 'of the host')
  symlinkSync(host, place)
  expect(await openPlain(place, 'file')).toBeNull()
  rmSync(place)
  execFileSync('mkfifo', [place])
  expect(await openPlain(place, 'file')).toBeNull()
  rmSync(place)
  mkdirSync(place)
  expect(await openPlain(place, 'file')).toBeNull()
  expect(await openPlain(host, 'directory')).toBeNull()
  rmSync(place, { recursive: true })
  symlinkSync(dataDir, place)
  expect(await openPlain(place, 'directory')).toBeNull()
  // None of these is held open.
  if (process.platform === 'linux') {
    expect(await openOf(root)).toEqual([])
  }
})

async function openOf(below: string): Promise<string[]> {
  const names = await readdir('/proc/self/fd')
  const targets = await Promise.all(
    names.map(async (name) => await readlink(`/proc/self/fd/${name}`).catch(() => '')),
  )
  return targets.filter((target) => target.startsWith(below))
}

it('a file that is replaced by renaming just when it was opened still counts as what was there', async () => {
  const place = await put('mirrors/m/packed-refs', 'before')
  const handle = await open(place)
  try {
    writeFileSync(`${place}.new`, 'after')
    renameSync(`${place}.new`, place)
    expect(await wasAt(handle, place)).toBe(true)
    expect(await handle.readFile('utf8')).toBe('before')
  } finally {
    await handle.close()
  }
})

it('names of unread files cannot steer the terminal they are shown on', () => {
  const sentence = sentenceOf({ count: 7, first: ['a\u001b[2J\nb', `${'x'.repeat(5000)}`] })
  expect(sentence).toMatch(/^7 files could not be read and are not in the backup/)
  expect(sentence).toContain('a\\u{1b}[2J\\u{a}b')
  expect(sentence).toMatch(/x and 5 more\.$/)
  expect(sentence.length).toBeLessThan(500)
  expect(sentenceOf({ count: 1, first: ['a'] })).toMatch(/^1 file could not be read and is /)
})
