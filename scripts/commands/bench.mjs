import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { setUp } from '../setup/setup.mjs'
import { SetupError } from '../setup/setup-error.mjs'

const SUFFIX = '.bench.mjs'

/**
 * One measured figure: what, how much, in which unit, and of how many measurements.
 * @typedef {{ name: string, value: number, unit: string, n: number }} Figure
 */

/**
 * `npm run bench [-- name …]`: runs the named files of bench/ (`log` means bench/log.bench.mjs), or all, one after the
 * other in this process, and prints their figures with the machine they were measured on.
 * @type {import('./index.mjs').Command}
 */
export async function bench(root, args) {
  await setUp(root)
  const files = chooseFiles(path.join(root, 'bench'), args)
  process.stdout.write(`${describeMachine()}\n`)
  for (const file of files) {
    /** @type {{ default: () => Promise<Figure[]> }} */
    const { default: measure } = await import(pathToFileURL(file).href)
    process.stdout.write(`\n${path.basename(file, SUFFIX)}\n`)
    for (const { name, value, unit, n } of await measure()) {
      process.stdout.write(`  ${name}: ${value} ${unit} (n=${n})\n`)
    }
  }
}

/**
 * @param {string} directory
 * @param {string[]} names
 * @returns {string[]}
 */
function chooseFiles(directory, names) {
  const all = existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => name.endsWith(SUFFIX))
        .sort()
    : []
  const known = all.map((name) => name.slice(0, -SUFFIX.length))
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new SetupError(
      `There is no benchmark ${unknown.join(', ')}. There are: ${known.join(', ') || 'none'}.`,
    )
  }
  const chosen = names.length > 0 ? names : known
  if (chosen.length === 0)
    throw new SetupError('There are no benchmarks yet; bench/README.md says how to write one.')
  return chosen.map((name) => path.join(directory, `${name}${SUFFIX}`))
}

function describeMachine() {
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0)
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} × ${model}, ${gigabytes} GiB, ${new Date().toISOString()}`
}
