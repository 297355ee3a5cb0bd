// Read by any Node, however old: see run.mjs. No syntax newer than Node 14 here.

/** The oldest Node that Optio runs on, as major and minor. The same number stands in package.json "engines". */
const OLDEST_MAJOR = 20
const OLDEST_MINOR = 19

/**
 * Says in words why this Node can't run Optio, or null when it can.
 * @param {string} version as in `process.version`, such as `v20.19.1`
 * @returns {string | null}
 */
export function nodeVersionProblem(version) {
  const match = /^v?(\d+)\.(\d+)/.exec(version)
  const major = match ? Number(match[1]) : 0
  const minor = match ? Number(match[2]) : 0
  if (major > OLDEST_MAJOR || (major === OLDEST_MAJOR && minor >= OLDEST_MINOR)) return null
  const wanted = `${OLDEST_MAJOR}.${OLDEST_MINOR}`
  return [
    `Optio needs Node ${wanted} or newer; this is Node ${version}.`,
    'Install a current one (https://nodejs.org, your package manager, or `nvm install 24`), open a new shell,',
    'check it with `node --version`, and run the same command again.',
  ].join('\n')
}
