import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { filesBelow, stateDirectory, workspaceDirectories } from './paths.mjs'
import { showProgress } from './progress.mjs'
import { SetupError } from './setup-error.mjs'
import { runTool } from './tool.mjs'

/**
 * Whether the compiled code is that of the present sources, as far as names, sizes and times tell. A false alarm costs
 * little: `tsc -b` then finds by content that nothing changed.
 * @param {string} root
 */
export function buildIsFresh(root) {
  return readStamp(root) === sourceMark(root) && outputs(root).every((file) => existsSync(file))
}

/**
 * Compiles what changed, and removes what was compiled from sources that are gone.
 * @param {string} root
 * @param {import('./lock.mjs').HeldLock} lock
 */
export async function build(root, lock) {
  // Read before compiling: a source that changes meanwhile is then compiled again next time.
  const mark = sourceMark(root)
  removeLostOutputs(root)
  const logFile = path.join(stateDirectory(root), 'build.log')
  const done = showProgress('building')
  let outcome
  try {
    outcome = await runTool({ name: 'tsc -b', argv: buildCommand(root), cwd: root, logFile, lock })
  } catch (error) {
    done()
    throw error
  }
  if (!outcome.ok) {
    done()
    const log = readFileSync(logFile, 'utf8').trimEnd()
    throw new SetupError(`${log}\nThe build failed (\`tsc -b\` ${outcome.how}).`)
  }
  writeStamp(root, mark)
  done('built')
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function buildCommand(root) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return [process.execPath, tsc, '-b', `--pretty`, String(process.stderr.isTTY === true)]
}

/**
 * One line that changes whenever anything the build reads does.
 * @param {string} root
 */
export function sourceMark(root) {
  const hash = createHash('sha256')
  for (const file of inputs(root)) {
    const found = statSync(file, { throwIfNoEntry: false })
    hash.update(`${path.relative(root, file)}\0${found?.size}\0${found?.mtimeMs}\n`)
  }
  return hash.digest('hex')
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function inputs(root) {
  return [
    ...['tsconfig.json', 'tsconfig.base.json', 'package-lock.json'].map((name) => path.join(root, name)),
    ...workspaceDirectories(root).flatMap((workspace) => [
      path.join(workspace, 'package.json'),
      path.join(workspace, 'tsconfig.json'),
      ...filesBelow(path.join(workspace, 'src')),
    ]),
  ]
}

/**
 * What must exist after a build: per workspace tsc's own record, and the file that the package exports.
 * @param {string} root
 */
function outputs(root) {
  return workspaceDirectories(root)
    .filter((workspace) => existsSync(path.join(workspace, 'tsconfig.json')))
    .flatMap((workspace) =>
      // Pages are bundled (`web.mjs`); of them tsc writes only types.
      existsSync(path.join(workspace, 'vite.config.ts'))
        ? [path.join(workspace, 'types', '.tsbuildinfo')]
        : [path.join(workspace, 'dist', '.tsbuildinfo'), path.join(workspace, 'dist', 'index.js')],
    )
}

/**
 * tsc leaves what it compiled from a source that was since deleted. Code that lists a directory would still find it.
 * @param {string} root
 */
function removeLostOutputs(root) {
  for (const workspace of workspaceDirectories(root)) {
    if (existsSync(path.join(workspace, 'vite.config.ts'))) continue
    const dist = path.join(workspace, 'dist')
    for (const output of filesBelow(dist)) {
      const stem = output.replace(/(\.d\.ts|\.js)(\.map)?$/, '')
      if (stem === output) continue
      const source = path.join(workspace, 'src', path.relative(dist, stem))
      if (!existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`)) rmSync(output, { force: true })
    }
  }
}

/** @param {string} root */
function stampFile(root) {
  return path.join(stateDirectory(root), 'build.stamp')
}

/** @param {string} root */
function readStamp(root) {
  const file = stampFile(root)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

/**
 * @param {string} root
 * @param {string} mark
 */
function writeStamp(root, mark) {
  const file = stampFile(root)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, mark)
  renameSync(`${file}.new`, file)
}
