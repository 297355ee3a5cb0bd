import { execFile } from 'node:child_process'
import { cp, lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rounded } from './support/figures.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * Method. The manifests and the lock file are copied and installed with `npm ci`, once with everything and once with `--omit=dev`, which is
 * what it takes to run. Counted are the packages the installed lock names (without Optio's own rooms), and the apparent bytes of all files
 * in node_modules. The compiled sources of Optio itself and the pages come on top.
 */
export default async function measureSize() {
  const all = await installed([])
  const toRun = await installed(['--omit=dev'])
  const own = await bytesOf(...(await builtRooms()))
  return [
    { name: 'packages, with tools', value: all.packages, unit: 'packages', n: 1 },
    { name: 'installed, with tools', value: mb(all.bytes), unit: 'MB', n: 1 },
    { name: 'packages, to run', value: toRun.packages, unit: 'packages', n: 1, aim: { atMost: 250 } },
    { name: 'installed, to run', value: mb(toRun.bytes), unit: 'MB', n: 1, aim: { atMost: 250 } },
    { name: 'Optio itself, compiled, with the pages', value: mb(own), unit: 'MB', n: 1 },
  ]
}

const mb = (/** @type {number} */ bytes) => rounded(bytes / 1e6, 1)

/** @param {string[]} options */
async function installed(options) {
  const directory = await mkdtemp(path.join(tmpdir(), 'optio-bench-size-'))
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) {
      await cp(path.join(ROOT, file), path.join(directory, file))
    }
    for (const room of await rooms()) {
      await cp(path.join(ROOT, room, 'package.json'), path.join(directory, room, 'package.json'))
    }
    await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', ...options], { cwd: directory })
    const modules = path.join(directory, 'node_modules')
    const lock = JSON.parse(await readFile(path.join(modules, '.package-lock.json'), 'utf8'))
    const packages = Object.entries(lock.packages).filter(
      ([place, { link }]) => place.includes('node_modules/') && link !== true,
    ).length
    return { packages, bytes: await bytesOf(modules) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function rooms() {
  const found = []
  for (const group of ['packages', 'apps']) {
    for (const name of await readdir(path.join(ROOT, group))) {
      const has = await lstat(path.join(ROOT, group, name, 'package.json')).catch(() => null)
      if (has !== null) found.push(path.join(group, name))
    }
  }
  return found
}

async function builtRooms() {
  return (await rooms()).map((room) => path.join(ROOT, room, 'dist'))
}

/** @param {string[]} places */
async function bytesOf(...places) {
  let bytes = 0
  for (const place of places) {
    const entries = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      if (entry.isFile()) bytes += (await lstat(path.join(entry.parentPath, entry.name))).size
    }
  }
  return bytes
}
