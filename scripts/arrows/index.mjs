import { readFileSync } from 'node:fs'
import path from 'node:path'
import { filesBelow } from '../setup/paths.mjs'
import { importsOf } from './imports.mjs'
import { manifestViolations, readRooms } from './manifests.mjs'
import { RULES } from './rules.mjs'

const SOURCE = /\.(ts|tsx|mts|js|jsx|mjs)$/

/**
 * Everything in a checkout that breaks the rules about who may import whom: in package.json, in tsconfig.json, and in
 * the imports of every source and test.
 * @param {string} root
 * @returns {Promise<string[]>} one line each, with the place first; empty when all is well
 */
export async function findArrowViolations(root) {
  const { rooms, violations } = readRooms(root)
  for (const room of rooms) {
    violations.push(...manifestViolations(room))
    for (const part of ['src', 'test']) {
      for (const absolute of filesBelow(path.join(root, room.directory, part))) {
        if (!SOURCE.test(absolute)) continue
        violations.push(...fileViolations(root, rooms, room, absolute, part === 'test'))
      }
    }
  }
  return violations
}

/**
 * @param {string} root
 * @param {import('./manifests.mjs').Room[]} rooms
 * @param {import('./manifests.mjs').Room} room
 * @param {string} absolute
 * @param {boolean} inTest
 * @returns {string[]}
 */
function fileViolations(root, rooms, room, absolute, inTest) {
  const file = path.relative(root, absolute).split(path.sep).join('/')
  const imports = importsOf(absolute, readFileSync(absolute, 'utf8'))
  if (imports === null) return [`${file}: can't be parsed, so nothing is known of its imports`]
  return imports.flatMap(({ specifier, line }) => {
    const relative = specifier.startsWith('.')
    const target = relative ? path.posix.join(path.posix.dirname(file), specifier) : null
    return RULES.map((rule) => rule({ room, file, inTest, specifier, target }, rooms))
      .filter((problem) => problem !== null)
      .map((problem) => `${file}:${line}: '${specifier}': ${problem}`)
  })
}
