import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { installedMatchesLock } from './installed-tree.mjs'
import { stateDirectory } from './paths.mjs'
import { showProgress } from './progress.mjs'
import { SetupError } from './setup-error.mjs'
import { runTool } from './tool.mjs'

/**
 * What an installation in node_modules was made from. `tree` is the size and time of the list that npm itself keeps of
 * what is installed: when it moved on, somebody ran npm by hand since.
 * @typedef {{ lock: string, node: string, tree: string }} InstallStamp
 */

/** Lines of npm's log that are shown when it fails. */
const SHOWN_LINES = 25

/**
 * Whether node_modules holds what package-lock.json asks for, as far as stamps tell (a few milliseconds).
 * @param {string} root
 */
export function installIsFresh(root) {
  const found = readStamp(root)
  const wanted = wantedStamp(root)
  return (
    found !== null && found.lock === wanted.lock && found.node === wanted.node && found.tree === wanted.tree
  )
}

/**
 * Installs the dependencies with `npm ci`, unless npm itself (run by hand, or by an earlier run of this that was killed)
 * has installed exactly the same meanwhile.
 * @param {string} root
 * @param {import('./lock.mjs').HeldLock} lock
 */
export async function install(root, lock) {
  const previous = readStamp(root)
  const sameNode = previous === null || previous.node === wantedStamp(root).node
  if (!(sameNode && installedMatchesLock(root))) await runNpmCi(root, lock)
  writeStamp(root)
}

/**
 * @param {string} root
 * @param {import('./lock.mjs').HeldLock} lock
 */
async function runNpmCi(root, lock) {
  const logFile = path.join(stateDirectory(root), 'npm-ci.log')
  const done = showProgress('installing dependencies', () => countFetched(logFile))
  let outcome
  try {
    outcome = await runTool({
      name: 'npm ci',
      argv: [...npmCommand(), ...NPM_CI_ARGUMENTS],
      cwd: root,
      env: npmEnvironment(process.env),
      logFile,
      lock,
    })
  } catch (error) {
    done()
    throw error
  }
  if (outcome.ok) return done('dependencies installed')
  done()
  throw new SetupError(explainFailure(outcome.how, readText(logFile), path.relative(root, logFile)))
}

/**
 * The build needs the development dependencies and the platform's binaries whatever NODE_ENV or the user's npm
 * configuration leave out. Install scripts of others are not run: nothing here needs them (the embedded Postgres repairs
 * its links at start), and so every machine has the same tree, whether its owner allows such scripts or not.
 */
const NPM_CI_ARGUMENTS = [
  'ci',
  '--ignore-scripts',
  '--include=dev',
  '--include=optional',
  '--include=peer',
  '--package-lock=true',
  '--dry-run=false',
  '--global=false',
  '--audit=false',
  '--fund=false',
  '--progress=false',
  // One line a package fetched: what the progress counts, and the log shows.
  '--loglevel=http',
]

/**
 * The npm that runs us if one does, else the one on the PATH.
 * @returns {string[]}
 */
function npmCommand() {
  const running = process.env.npm_execpath
  return running !== undefined && path.basename(running) === 'npm-cli.js'
    ? [process.execPath, running]
    : ['npm']
}

/**
 * The environment for the inner npm. The outer one hands its own command line down in `npm_config_*`; what would make
 * the inner one work elsewhere or on a part only is taken out.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function npmEnvironment(env) {
  const harmful =
    /^npm_config_(prefix|local_prefix|location|workspaces?|include_workspace_root|omit|only|production)$/i
  return Object.fromEntries(Object.entries(env).filter(([name]) => !harmful.test(name)))
}

/**
 * @param {string} how
 * @param {string} log
 * @param {string} logFile
 */
function explainFailure(how, log, logFile) {
  // Neither what was fetched nor where in npm's own code it gave up tells a person anything.
  const lines = log.split('\n').filter((line) => line !== '' && !/^npm (http|error\s+at )/.test(line))
  return [
    `\`npm ci\` ${how}. The end of its log (${logFile}):`,
    ...lines.slice(-SHOWN_LINES).map((line) => `  ${line}`),
    adviceFor(log),
  ].join('\n')
}

/** @param {string} log */
function adviceFor(log) {
  if (/code EUSAGE/.test(log)) {
    return 'package.json and package-lock.json disagree: run `npm install`, and commit the lock file it writes.'
  }
  if (
    /code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)/.test(log)
  ) {
    return 'The package registry was not reached: check the network, a proxy, and `npm config get registry`; then run the same command again.'
  }
  if (/ENOSPC/.test(log)) return 'The disk is full: make room (about 500 MB) and run the same command again.'
  if (/code (EACCES|EPERM)/.test(log)) {
    return 'This user may not write here: give it the checkout (`chown`), and run the same command again.'
  }
  return 'Run the same command again; if it fails again, run `npm ci` by hand and read what it says.'
}

/** @param {string} logFile */
function countFetched(logFile) {
  // npm asks for descriptions too; only the packages themselves are archives.
  const count = readText(logFile).match(/^npm http fetch GET 200 \S+\.tgz /gm)?.length ?? 0
  return count === 0 ? '' : `${count} packages fetched`
}

/**
 * @param {string} root
 * @returns {InstallStamp}
 */
function wantedStamp(root) {
  const lockFile = readText(path.join(root, 'package-lock.json'))
  if (lockFile === '') {
    throw new SetupError(
      'package-lock.json is missing or empty: restore it with `git checkout package-lock.json`.',
    )
  }
  return {
    lock: createHash('sha256').update(lockFile).digest('hex'),
    node: `${process.versions.node.split('.')[0]} ${process.platform} ${process.arch}`,
    tree: treeMark(root),
  }
}

/** @param {string} root */
function treeMark(root) {
  const found = statSync(path.join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false })
  return found === undefined ? 'none' : `${found.size} ${found.mtimeMs}`
}

/** @param {string} root */
function stampFile(root) {
  return path.join(root, 'node_modules', '.optio-install.json')
}

/**
 * @param {string} root
 * @returns {InstallStamp | null}
 */
function readStamp(root) {
  try {
    return JSON.parse(readText(stampFile(root)))
  } catch {
    return null
  }
}

/** @param {string} root */
function writeStamp(root) {
  const file = stampFile(root)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(wantedStamp(root)))
  renameSync(`${file}.new`, file)
}

/**
 * A file's text, or nothing where there is none.
 * @param {string} file
 */
function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return ''
    throw error
  }
}
