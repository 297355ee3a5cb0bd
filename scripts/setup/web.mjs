import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { filesBelow, stateDirectory } from './paths.mjs'
import { showProgress } from './progress.mjs'
import { SetupError } from './setup-error.mjs'
import { runTool } from './tool.mjs'

/**
 * Whether the bundle of the pages is that of the present sources, as far as names, sizes and times tell.
 * @param {string} root
 */
export function webIsFresh(root) {
  // An installation may come without the pages' sources.
  if (!existsSync(path.join(webDirectory(root), 'package.json'))) return true
  const stamp = stampFile(root)
  return (
    existsSync(path.join(webDirectory(root), 'dist', 'index.html')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === webMark(root)
  )
}

/**
 * Bundles the pages. Types are `tsc -b`'s business; this reads the same sources and the contract's.
 * @param {string} root
 * @param {import('./lock.mjs').HeldLock} lock
 */
export async function buildWeb(root, lock) {
  const mark = webMark(root)
  const logFile = path.join(stateDirectory(root), 'build-web.log')
  // Where npm puts it depends on who else needs which version of it.
  const ofWeb = createRequire(path.join(webDirectory(root), 'package.json'))
  const vite = path.join(path.dirname(ofWeb.resolve('vite/package.json')), 'bin', 'vite.js')
  const done = showProgress('bundling the pages')
  let outcome
  try {
    outcome = await runTool({
      name: 'vite build',
      argv: [process.execPath, vite, 'build', '--logLevel', 'warn'],
      cwd: webDirectory(root),
      logFile,
      lock,
    })
  } catch (error) {
    done()
    throw error
  }
  if (!outcome.ok) {
    done()
    const log = readFileSync(logFile, 'utf8').trimEnd()
    throw new SetupError(`${log}\nThe pages could not be bundled (\`vite build\` ${outcome.how}).`)
  }
  const stamp = stampFile(root)
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(`${stamp}.new`, mark)
  renameSync(`${stamp}.new`, stamp)
  done('pages bundled')
}

/** @param {string} root */
function webDirectory(root) {
  return path.join(root, 'apps', 'web')
}

/** @param {string} root */
function stampFile(root) {
  return path.join(stateDirectory(root), 'build-web.stamp')
}

/**
 * One line that changes whenever anything the bundle is made of does.
 * @param {string} root
 */
function webMark(root) {
  const web = webDirectory(root)
  const files = [
    path.join(root, 'package-lock.json'),
    ...['index.html', 'package.json', 'vite.config.ts'].map((name) => path.join(web, name)),
    ...filesBelow(path.join(web, 'public')),
    ...filesBelow(path.join(web, 'src')),
    ...filesBelow(path.join(root, 'packages', 'contract', 'src')),
  ]
  const hash = createHash('sha256')
  for (const file of files) {
    const found = statSync(file, { throwIfNoEntry: false })
    hash.update(`${path.relative(root, file)}\0${found?.size}\0${found?.mtimeMs}\n`)
  }
  return hash.digest('hex')
}
