import { createHash, randomBytes } from 'node:crypto'
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { type Account, mayReach } from '../../platform/account.ts'
import { serverAccount } from './account.ts'
import { SOCKET_PORT } from './settings.ts'

/** Where the parts of an embedded Postgres lie. */
export interface Location {
  /** Holds the cluster, the claim, the log and, usually, the socket directory. */
  readonly root: string
  readonly cluster: string
  /** The account the server runs as; null is our own. */
  readonly account: Account | null
}

/** Where a cluster goes that cannot be kept in the data directory. */
const ELSEWHERE = ['/var/lib/optio', '/opt/optio']

/** Longest path a socket can have: sun_path is 108 bytes on Linux and 104 on macOS, with a NUL at the end. */
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10)

/**
 * Where the cluster of a data directory (a real path) is, or is to be made: `<dataDir>/postgres`, unless the server's account
 * cannot get there because a directory above is closed to it (root's home is 0700). Then it goes to /var/lib/optio, under a name
 * made once and recorded in `<dataDir>/postgres/location.json`. The data directory itself is opened to the account's group, to enter only.
 */
export async function locate(dataDir: string, elsewhere: readonly string[] = ELSEWHERE): Promise<Location> {
  const home = join(dataDir, 'postgres')
  await mkdir(home, { recursive: true })
  const recorded = await recordedRoot(home)
  const root = recorded ?? home
  const account = await serverAccount(join(root, 'data'))
  if (account === null || recorded !== null) return { root, cluster: join(root, 'data'), account }

  if (!(await mayReach(account, dataDir, 1))) await openToGroup(dataDir, account)
  if (!(await mayReach(account, home, 1))) await chmod(home, 0o755)
  if (await mayReach(account, home, 1)) return { root, cluster: join(root, 'data'), account }

  const moved = await makeRootElsewhere(dataDir, home, account, elsewhere)
  return { root: moved, cluster: join(moved, 'data'), account }
}

async function recordedRoot(home: string): Promise<string | null> {
  const file = join(home, 'location.json')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const { root } = JSON.parse(text) as { root: string }
  if (await stat(root).catch(() => null)) return root
  throw new OptioError(
    'DATABASE_START',
    `The database of this data directory was kept in ${root} (says ${file}), and that is gone. Put it back, or remove ${file} to begin with an empty database.`,
  )
}

async function openToGroup(dataDir: string, account: Account): Promise<void> {
  const found = await stat(dataDir)
  if (found.uid !== process.getuid?.()) return
  await chown(dataDir, found.uid, account.gid)
  await chmod(dataDir, (found.mode & 0o707) | 0o010)
}

async function makeRootElsewhere(
  dataDir: string,
  home: string,
  account: Account,
  elsewhere: readonly string[],
): Promise<string> {
  for (const base of elsewhere) {
    const root = join(base, `${digest(dataDir)}-${randomBytes(3).toString('hex')}`)
    try {
      await mkdir(root, { recursive: true, mode: 0o755 })
      if (!(await mayReach(account, root, 1))) continue
      await writeFile(join(root, 'belongs-to.txt'), `${dataDir}\n`)
    } catch {
      continue
    }
    return recordRoot(home, root)
  }
  throw new OptioError(
    'DATABASE_START',
    `Optio runs as root, and Postgres, which must not, cannot enter ${dataDir} as ${account.name}; ${elsewhere.join(' and ')} cannot be used instead. Choose an OPTIO_DATA_DIR below directories that everybody may enter (/srv/optio, say), start Optio as an ordinary user, or set DATABASE_URL.`,
  )
}

/** Records the place; of two that start for the first time at once, one wins and both use its place. */
async function recordRoot(home: string, root: string): Promise<string> {
  const draft = join(home, `location.${randomBytes(4).toString('hex')}.tmp`)
  try {
    await writeFile(draft, `${JSON.stringify({ root }, null, 2)}\n`)
    await link(draft, join(home, 'location.json'))
    return root
  } catch (error) {
    await rm(root, { recursive: true, force: true })
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return (await recordedRoot(home)) ?? root
  } finally {
    await unlink(draft).catch(() => undefined)
  }
}

/**
 * Makes the private directory of the socket: `<root>/run`, or, when its path would be too long for a socket (or `avoidRoot`
 * says that the file system cannot hold one), a short one of our own under the system's directories for such things.
 */
export async function makeSocketDirectory(location: Location, avoidRoot = false): Promise<string> {
  const usual = join(location.root, 'run')
  if (!avoidRoot && fits(usual)) {
    // Below our own root a loosened mode is only tightened again; elsewhere somebody could have put things into it.
    await chmod(usual, 0o700).catch(() => undefined)
    if (await makePrivate(usual, location.account)) return usual
  }
  const bases = ['/run', process.env.XDG_RUNTIME_DIR, tmpdir(), '/tmp'].flatMap((base) => base ?? [])
  for (const base of bases) {
    const named = join(base, `optio-${digest(location.root)}`)
    if (!fits(`${named}-XXXXXX`)) continue
    try {
      if (location.account !== null && !(await mayReach(location.account, base, 1))) continue
      if (await makePrivate(named, location.account)) return named
      // Somebody else's has this name: an unguessable one, found again through postmaster.pid.
      const unique = await mkdtemp(`${named}-`)
      if (await makePrivate(unique, location.account)) return unique
    } catch {
      // Not writable: the next one.
    }
  }
  throw new OptioError(
    'DATABASE_START',
    `No directory for the database's socket: ${usual} is too long a path (${LONGEST_SOCKET_PATH} bytes at most) and none of ${bases.join(', ')} can be written. Choose a shorter OPTIO_DATA_DIR.`,
  )
}

function fits(directory: string): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${SOCKET_PORT}`)) <= LONGEST_SOCKET_PATH
}

/** True when the directory exists, is no link, belongs to the server's account, and nobody else can enter it. */
async function makePrivate(directory: string, account: Account | null): Promise<boolean> {
  const made = await mkdir(directory, { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
  const found = await lstat(directory)
  const own = process.getuid?.()
  const wanted = account?.uid ?? own
  if (!found.isDirectory() || (found.uid !== wanted && found.uid !== own)) return false
  if (!made && (found.mode & 0o077) !== 0) return false
  if (account !== null && found.uid !== account.uid) await chown(directory, account.uid, account.gid)
  return true
}
