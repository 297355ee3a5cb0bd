import { builtinModules } from 'node:module'
import path from 'node:path'
import { IMPORTED_BY_TESTS, ROOMS, SCOPE } from './table.mjs'

/**
 * One import, with all a rule may want to know of it. Paths are relative to the root, with forward slashes.
 * @typedef {object} Edge
 * @property {import('./manifests.mjs').Room} room the room that imports
 * @property {string} file the file that imports
 * @property {boolean} inTest whether that is a test
 * @property {string} specifier as written
 * @property {string | null} target the path a relative specifier leads to, else null
 */

/**
 * A rule says what is wrong with an import, or null.
 * @type {((edge: Edge, rooms: import('./manifests.mjs').Room[]) => string | null)[]}
 */
export const RULES = [
  arrowsPointDown,
  onlyThroughTheDoor,
  staysInItsRoom,
  coreIsPure,
  queriesStayHome,
  engineKnowsNoHttp,
]

/** @type {(typeof RULES)[number]} */
function arrowsPointDown({ room, inTest, specifier }) {
  const name = roomNamed(specifier)
  if (name === null) return null
  const allowed = inTest ? [...room.imports, ...IMPORTED_BY_TESTS] : room.imports
  // A test may use its own room as others do.
  if (name === room.name) return inTest ? null : `${room.name} imports itself by name: use a relative path`
  if (!allowed.includes(name)) {
    return `${room.name} may import ${allowed.join(', ') || 'nothing of ours'}: arrows point down only`
  }
  const declared = inTest ? [...room.declared, ...room.declaredForTests] : room.declared
  return declared.includes(name)
    ? null
    : `${SCOPE}${name} is not in the dependencies of ${room.directory}/package.json`
}

/** @type {(typeof RULES)[number]} */
function onlyThroughTheDoor({ specifier }, rooms) {
  const name = roomNamed(specifier)
  const entry = `.${specifier.slice(SCOPE.length + (name ?? '').length)}`
  if (name === null || entry === '.') return null
  const entries = rooms.find((room) => room.name === name)?.entries ?? []
  return entries.includes(entry) ? null : `import what ${SCOPE}${name} exports, not a file inside it`
}

/** @type {(typeof RULES)[number]} */
function staysInItsRoom({ room, target }) {
  if (target === null || target.startsWith(`${room.directory}/`)) return null
  const other = Object.values(ROOMS).find(({ directory }) => target.startsWith(`${directory}/`))
  return other === undefined ? null : `a path into ${other.directory}: import the package by its name`
}

/** What of Node only computes: it bounds the time of a function. */
const COMPUTES = ['node:vm']

/** @type {(typeof RULES)[number]} */
function coreIsPure({ room, inTest, specifier }) {
  if (room.name !== 'core' || inTest || COMPUTES.includes(specifier)) return null
  const builtin = specifier.startsWith('node:') || builtinModules.includes(specifier)
  return builtin ? 'core is pure: what it needs of the machine comes in as an argument' : null
}

const FEATURE = /^apps\/server\/src\/features\/[^/]+\//

/** @type {(typeof RULES)[number]} */
function queriesStayHome({ file, inTest, target }) {
  const feature = target === null ? undefined : FEATURE.exec(target)?.[0]
  if (target === null || feature === undefined || inTest || file.startsWith(feature)) return null
  const isQueries = /^queries/.test(target.slice(feature.length))
  return isQueries ? 'the queries of a feature are its own: call its service' : null
}

/** @type {(typeof RULES)[number]} */
function engineKnowsNoHttp({ file, target }) {
  if (target === null || !file.startsWith('apps/server/src/engine/')) return null
  const http = target.startsWith('apps/server/src/http/') || path.posix.basename(target) === 'routes.ts'
  return http ? 'the engine knows no HTTP' : null
}

/**
 * @param {string} specifier
 * @returns {string | null} the room's name
 */
function roomNamed(specifier) {
  return specifier.startsWith(SCOPE) ? (specifier.slice(SCOPE.length).split('/')[0] ?? null) : null
}
