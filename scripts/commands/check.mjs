import { spawn } from 'node:child_process'
import path from 'node:path'
import { rebuild, setUp } from '../setup/setup.mjs'
import { SetupError } from '../setup/setup-error.mjs'

/**
 * One check: resolves to nothing when all is well, else to what is wrong.
 * @typedef {object} Check
 * @property {string} name
 * @property {(root: string) => Promise<string | null>} run
 */

/** @type {Check[]} */
const CHECKS = [
  { name: 'types of the tests', run: (root) => typescript(root, 'tsconfig.tests.json') },
  { name: 'types of the scripts', run: (root) => typescript(root, 'scripts/tsconfig.json') },
  {
    name: 'lint and format',
    run: (root) =>
      runNode(root, 'node_modules/@biomejs/biome/bin/biome', [
        'check',
        '--error-on-warnings',
        '--max-diagnostics=100',
        '.',
      ]),
  },
  { name: 'arrows', run: checkArrows },
  { name: 'migrations', run: (root) => runNode(root, 'apps/server/scripts/check-migrations.mjs', []) },
  {
    name: 'unused files, exports and dependencies',
    run: (root) => runNode(root, 'node_modules/knip/bin/knip.js', ['--no-progress', '--no-config-hints']),
  },
]

/**
 * `npm run check`: everything that can be said about the code without running it. All checks run; any that fails makes
 * the whole fail at the end.
 * @type {import('./index.mjs').Command}
 */
export async function check(root) {
  await setUp(root, { compile: false })
  // First and alone: the other checks of types read what it writes.
  const results = [await report(root, { name: 'types', run: compile })]
  results.push(...(await Promise.all(CHECKS.map((one) => report(root, one)))))
  const failed = results.filter((ok) => !ok).length
  if (failed > 0) throw new SetupError(`${failed} of ${results.length} checks failed.`)
  process.stdout.write(`All ${results.length} checks passed.\n`)
}

/**
 * Runs one check and writes its line of result.
 * @param {string} root
 * @param {Check} check
 * @returns {Promise<boolean>}
 */
async function report(root, { name, run }) {
  const started = Date.now()
  const problem = await run(root)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  if (problem === null) process.stdout.write(`ok    ${name} (${seconds} s)\n`)
  else process.stdout.write(`FAIL  ${name} (${seconds} s)\n${problem.trimEnd()}\n`)
  return problem === null
}

/**
 * @param {string} root
 * @returns {Promise<string | null>}
 */
async function compile(root) {
  try {
    await rebuild(root)
    return null
  } catch (error) {
    if (error instanceof SetupError && error.exitCode === 1) return error.message
    throw error
  }
}

/**
 * @param {string} root
 * @param {string} project
 */
function typescript(root, project) {
  return runNode(root, 'node_modules/typescript/bin/tsc', ['-p', project])
}

/** @param {string} root */
async function checkArrows(root) {
  const { findArrowViolations } = await import('../arrows/index.mjs')
  const violations = await findArrowViolations(root)
  return violations.length === 0 ? null : violations.join('\n')
}

/**
 * Runs a script of ours or of node_modules; resolves to its output when it fails.
 * @param {string} root
 * @param {string} script relative to the root
 * @param {string[]} args
 * @returns {Promise<string | null>}
 */
function runNode(root, script, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, script), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        output += chunk
      })
    }
    child.once('error', reject)
    child.once('close', (code) => resolve(code === 0 ? null : output || `It ended with code ${code}.`))
  })
}
