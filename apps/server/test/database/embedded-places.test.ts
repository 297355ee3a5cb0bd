import { execFileSync } from 'node:child_process'
import { chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { embeddedPackage } from '../../src/database/embedded/binaries.ts'
import {
  asRoot,
  cleanUp,
  clusterOf,
  type Held,
  hold,
  newDirectory,
  query,
  type Refused,
  start,
} from '../support/embedded.ts'

afterEach(cleanUp)

/** A copy of the npm package as `npm ci --ignore-scripts` leaves it: without the links of its libraries. */
async function packageWithoutLinks(directory: string): Promise<string> {
  const copy = join(directory, 'package')
  await cp(embeddedPackage(), copy, { recursive: true, verbatimSymlinks: true })
  const links = JSON.parse(await readFile(join(copy, 'native', 'pg-symlinks.json'), 'utf8')) as {
    target: string
  }[]
  expect(links.length).toBeGreaterThan(0)
  for (const link of links) await rm(join(copy, link.target))
  return copy
}

test('a data directory whose path is too long for a socket works, with the socket in a short private directory', async () => {
  const dataDir = join(await newDirectory(), 'long-'.repeat(20), 'data')
  if (asRoot) {
    await mkdir(dirname(dataDir), { recursive: true })
    await chmod(dirname(dirname(dataDir)), 0o755)
  }
  const server = await start(dataDir)
  const { host } = server.connection
  expect(host).not.toContain('long-')
  expect((await stat(host)).mode & 0o777).toBe(0o700)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  await expect(stat(host)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a short socket directory that somebody else has prepared is not used', async () => {
  const dataDir = join(await newDirectory(), 'long-'.repeat(20))
  if (asRoot) await chmod(dirname(dataDir), 0o755)
  const first = await start(dataDir)
  const { host } = first.connection
  await first.stop()
  await mkdir(host)
  await chmod(host, 0o777)
  try {
    const second = await start(dataDir)
    expect(second.connection.host).not.toBe(host)
    expect((await stat(second.connection.host)).mode & 0o777).toBe(0o700)
  } finally {
    await rm(host, { recursive: true })
  }
})

test('a package installed without its scripts works', async () => {
  const directory = await newDirectory()
  if (asRoot) await chmod(directory, 0o755)
  const packageDirectory = await packageWithoutLinks(directory)
  const server = await start(join(directory, 'data'), { packageDirectory })
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test.runIf(asRoot)(
  'root below directories that only root may enter: cluster and programs go elsewhere, and are found again',
  async () => {
    const directory = await newDirectory() // 0700
    const dataDir = join(directory, 'home', 'data')
    const packageDirectory = await packageWithoutLinks(directory)
    const open = await newDirectory()
    await chmod(open, 0o755)
    const elsewhere = [join(open, 'optio')]

    const first = await start(dataDir, { elsewhere, packageDirectory })
    expect(first.connection.host.startsWith(open)).toBe(true)
    await query(first.connection, 'create table kept as select 1 as n')
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    await first.stop()

    const second = await start(dataDir, { elsewhere, packageDirectory })
    expect(await query(second.connection, 'select n from kept')).toEqual([{ n: 1 }])
    const [root = ''] = await readdir(join(open, 'optio'))
    expect(await readdir(join(open, 'optio', root))).toContain('data')
    await second.stop()

    await rm(open, { recursive: true })
    await expect(start(dataDir, { elsewhere, packageDirectory })).rejects.toMatchObject({
      code: 'DATABASE_START',
      message: expect.stringContaining(join(open, 'optio', root)),
    })
  },
)

test.runIf(asRoot && process.platform === 'linux')(
  'root without CAP_SYS_PTRACE, as in a container, adopts too',
  async () => {
    const dataDir = await newDirectory()
    const prefix = ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace']
    const first = hold(dataDir, { prefix })
    const held = await first.next<Held>()
    await first.kill()
    expect(await hold(dataDir, { prefix }).next<Held>()).toMatchObject({ adopted: true, pid: held.pid })
  },
)

test.runIf(asRoot)('the data directory is opened to the group of the server, to enter only', async () => {
  const dataDir = await newDirectory()
  await start(dataDir)
  expect((await stat(dataDir)).mode & 0o777).toBe(0o710)
  expect((await stat(clusterOf(dataDir))).mode & 0o777).toBe(0o700)
})

test('a cluster of another version of Postgres is refused in words', async () => {
  const dataDir = await newDirectory()
  await (await start(dataDir)).stop()
  await writeFile(join(clusterOf(dataDir), 'PG_VERSION'), '17\n')
  await expect(start(dataDir)).rejects.toMatchObject({
    code: 'DATABASE_START',
    message: expect.stringMatching(/made by Postgres 17.*DATABASE_URL/s),
  })
})

test('a server that cannot start says why, and gives the data directory free', async () => {
  const dataDir = await newDirectory()
  await (await start(dataDir)).stop()
  await rm(join(clusterOf(dataDir), 'global', 'pg_control'))
  for (const _ of [1, 2]) {
    await expect(start(dataDir)).rejects.toMatchObject({
      code: 'DATABASE_START',
      message: expect.stringContaining('could not find the database system'),
    })
  }
})

test.runIf(asRoot && process.platform === 'linux')(
  'a full disk is said in words, and nothing is lost',
  async () => {
    const dataDir = await newDirectory()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=120m,mode=0755', 'tmpfs', dataDir], { stdio: 'pipe' })
    } catch {
      return // a container that may not mount
    }
    try {
      const server = await start(dataDir)
      await query(server.connection, 'create table kept as select 1 as n')
      await server.stop()
      const filler = join(dataDir, 'filler')
      const fill = () => execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'], { stdio: 'pipe' })
      expect(fill).toThrow('No space left')

      const refused = await hold(dataDir).next<Refused>()
      expect(refused.code).toBe('DISK_FULL')
      expect(refused.message).toContain('make room')
      await rm(filler)
      const again = await start(dataDir)
      expect(await query(again.connection, 'select n from kept')).toEqual([{ n: 1 }])
      await again.stop()
    } finally {
      // Lazily: a server that did not stop must not keep it mounted.
      execFileSync('umount', ['-l', dataDir])
    }
  },
)
