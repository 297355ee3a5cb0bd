import { readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * What a lock file says of one package, as far as it matters here.
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * Whether what npm says it has installed (node_modules/.package-lock.json, written when it is done) is what
 * package-lock.json asks for on this platform.
 * @param {string} root
 */
export function installedMatchesLock(root) {
  const wanted = readPackages(path.join(root, 'package-lock.json'))
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'))
  return wanted !== null && installed !== null && treeMatches(wanted, installed)
}

/**
 * @param {Record<string, LockedPackage>} wanted `packages` of package-lock.json
 * @param {Record<string, LockedPackage>} installed `packages` of npm's own list
 */
export function treeMatches(wanted, installed) {
  const nothingElse = Object.entries(installed).every(([place, found]) => {
    const asked = wanted[place]
    return asked !== undefined && asked.version === found.version && asked.integrity === found.integrity
  })
  return (
    nothingElse &&
    Object.entries(wanted).every(([place, asked]) => place === '' || place in installed || mayBeAbsent(asked))
  )
}

/**
 * Optional packages may be absent, but for those made for this very platform (their `os` says so): a tree that was
 * installed on another platform and carried here lacks exactly these.
 * @param {LockedPackage} asked
 */
function mayBeAbsent(asked) {
  const forThisPlatform =
    allows(asked.os, process.platform) && allows(asked.cpu, process.arch) && asked.libc === undefined
  if (asked.optional === true) return asked.os === undefined || !forThisPlatform
  return asked.os !== undefined && !forThisPlatform
}

/**
 * @param {string[] | undefined} list npm's form: names, or names with `!` before them
 * @param {string} value
 */
function allows(list, value) {
  if (list === undefined) return true
  if (list.includes(`!${value}`)) return false
  return list.includes(value) || list.every((name) => name.startsWith('!'))
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | null}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null
  } catch {
    return null
  }
}
