import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { workspaceDirectories } from '../setup/paths.mjs'
import { IMPORTED_BY_TESTS, ROOMS, SCOPE } from './table.mjs'

/**
 * A package of ours, as its files describe it.
 * @typedef {object} Room
 * @property {string} name without the scope
 * @property {string} directory relative to the root
 * @property {string[]} imports rooms its sources may import, by the table
 * @property {string[]} declared our packages its package.json names, for sources
 * @property {string[]} declaredForTests those it names for tests
 * @property {string[]} referenced directories its tsconfig.json refers to, relative to the root
 * @property {string[]} entries what others may import of it: the keys of its `exports`
 */

/**
 * Reads every workspace. Those that the table doesn't know, or knows elsewhere, are violations.
 * @param {string} root
 * @returns {{ rooms: Room[], violations: string[] }}
 */
export function readRooms(root) {
  /** @type {Room[]} */
  const rooms = []
  /** @type {string[]} */
  const violations = []
  for (const absolute of workspaceDirectories(root)) {
    const directory = path.relative(root, absolute).split(path.sep).join('/')
    const manifest = readJson(path.join(absolute, 'package.json'))
    const name = String(manifest.name).replace(SCOPE, '')
    const known = Object.hasOwn(ROOMS, name) ? ROOMS[name] : undefined
    if (known === undefined || known.directory !== directory) {
      violations.push(
        `${directory}: ${manifest.name} has no place in scripts/arrows/table.mjs; decide which rooms it may import`,
      )
      continue
    }
    const tsconfig = path.join(absolute, 'tsconfig.json')
    rooms.push({
      name,
      directory,
      imports: known.imports,
      declared: ours(manifest.dependencies, manifest.optionalDependencies, manifest.peerDependencies),
      declaredForTests: ours(manifest.devDependencies),
      referenced: existsSync(tsconfig) ? references(readJson(tsconfig), directory) : [],
      entries: Object.keys(manifest.exports ?? {}),
    })
  }
  return { rooms, violations }
}

/**
 * What package.json and tsconfig.json say against the table.
 * @param {Room} room
 * @returns {string[]}
 */
export function manifestViolations(room) {
  const may = room.imports.length === 0 ? 'nothing of ours' : room.imports.join(', ')
  const forTests = [...room.imports, ...IMPORTED_BY_TESTS]
  return [
    ...room.declared
      .filter((name) => !room.imports.includes(name))
      .map(
        (name) =>
          `${room.directory}/package.json: depends on ${SCOPE}${name}; ${room.name} may import ${may}`,
      ),
    ...room.declaredForTests
      .filter((name) => !forTests.includes(name))
      .map(
        (name) =>
          `${room.directory}/package.json: its tests depend on ${SCOPE}${name}; they may import ${forTests.join(', ')}`,
      ),
    ...room.referenced
      .filter((directory) => !room.imports.some((name) => ROOMS[name]?.directory === directory))
      .map(
        (directory) =>
          `${room.directory}/tsconfig.json: refers to ${directory}; ${room.name} may import ${may}`,
      ),
  ]
}

/**
 * @param {(Record<string, string> | undefined)[]} groups
 * @returns {string[]}
 */
function ours(...groups) {
  return groups
    .flatMap((group) => Object.keys(group ?? {}))
    .filter((name) => name.startsWith(SCOPE))
    .map((name) => name.slice(SCOPE.length))
}

/**
 * @param {{ references?: { path: string }[] }} tsconfig
 * @param {string} directory
 */
function references(tsconfig, directory) {
  return (tsconfig.references ?? []).map((reference) =>
    path.posix.normalize(path.posix.join(directory, reference.path)),
  )
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
