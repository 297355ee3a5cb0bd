import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of this checkout: the directory that holds `scripts/`. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

/**
 * Where the set-up keeps its lock, its stamps and the logs of its tools. Not below node_modules, which `npm ci` empties;
 * ignored by git.
 * @param {string} root
 */
export function stateDirectory(root) {
  return path.join(root, '.optio', 'run')
}

/**
 * The directories of the workspaces, absolute, in a stable order.
 * @param {string} root
 * @returns {string[]}
 */
export function workspaceDirectories(root) {
  return ['packages', 'apps'].flatMap((group) => {
    const directory = path.join(root, group)
    if (!existsSync(directory)) return []
    return readdirSync(directory)
      .sort()
      .map((name) => path.join(directory, name))
      .filter((workspace) => existsSync(path.join(workspace, 'package.json')))
  })
}

/**
 * Every file below a directory, absolute, in a stable order; none when it doesn't exist.
 * @param {string} directory
 * @returns {string[]}
 */
export function filesBelow(directory) {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const found = path.join(directory, entry.name)
      return entry.isDirectory() ? filesBelow(found) : [found]
    })
}
