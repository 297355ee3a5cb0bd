import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { setUp } from '../setup/setup.mjs'
import { SetupError } from '../setup/setup-error.mjs'

const SUFFIX = '.bench.mjs'

/** Where `--record` keeps the last figures, below the root. */
const RESULTS = path.join('bench', 'results.md')

/**
 * One measured figure: what, how much, in which unit, and of how many measurements; and what it should be, where that was promised.
 * @typedef {{ name: string, value: number, unit: string, n: number, aim?: { atMost: number } | { atLeast: number } }} Figure
 */

/**
 * `npm run bench [-- [--record] name …]`: runs the named files of bench/ (`log` means bench/log.bench.mjs), or all, one after the
 * other in this process, and prints their figures with the machine they were measured on. With `--record` they replace those in
 * bench/results.md.
 * @type {import('./index.mjs').Command}
 */
export async function bench(root, args) {
  await setUp(root)
  const record = args.includes('--record')
  const names = args.filter((arg) => arg !== '--record')
  const files = chooseFiles(path.join(root, 'bench'), names)
  const machine = describeMachine()
  process.stdout.write(`${machine}\n`)
  for (const file of files) {
    /** @type {{ default: () => Promise<Figure[]> }} */
    const { default: measure } = await import(pathToFileURL(file).href)
    const name = path.basename(file, SUFFIX)
    process.stdout.write(`\n${name}\n`)
    const figures = await measure()
    for (const figure of figures) process.stdout.write(`  ${describeFigure(figure)}\n`)
    if (record) recordFigures(path.join(root, RESULTS), name, machine, figures)
  }
}

/** @param {Figure} figure */
function describeFigure(figure) {
  const { name, value, unit, n } = figure
  const { words, missed } = judge(figure)
  return `${name}: ${value} ${unit} (n=${n})${words === '' ? '' : `, aim ${words}: ${missed ?? 'met'}`}`
}

/**
 * The aim of a figure in words (empty without one), and by how much it is missed.
 * @param {Figure} figure
 * @returns {{ words: string, missed: string | null }}
 */
function judge({ value, unit, aim }) {
  if (aim === undefined) return { words: '', missed: null }
  const [words, aimed] =
    'atMost' in aim ? [`≤ ${aim.atMost} ${unit}`, aim.atMost] : [`≥ ${aim.atLeast} ${unit}`, aim.atLeast]
  const met = 'atMost' in aim ? value <= aimed : value >= aimed
  return { words, missed: met ? null : `missed by ${Math.round((Math.abs(value - aimed) / aimed) * 100)} %` }
}

/**
 * Replaces the section of a bench in the file of results, or adds it, in the order of the names.
 * @param {string} file
 * @param {string} name
 * @param {string} machine
 * @param {Figure[]} figures
 */
function recordFigures(file, name, machine, figures) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const [head = '', ...sections] = text.split(/^(?=## )/m)
  const rows = figures.map((figure) => {
    const { words, missed } = judge(figure)
    return `| ${figure.name} | ${figure.value} ${figure.unit} | ${figure.n} | ${words} | ${words === '' ? '' : (missed ?? 'met')} |`
  })
  const section = [
    `## ${name}`,
    '',
    `\`npm run bench -- ${name}\` on ${machine}`,
    '',
    '| what | value | n | aim | |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    '',
  ].join('\n')
  const others = sections
    .filter((each) => !each.startsWith(`## ${name}\n`))
    .map((each) => `${each.trimEnd()}\n\n`)
  const all = [...others, section].sort((one, other) => (one < other ? -1 : 1))
  writeFileSync(file, `${head}${all.join('')}`.trimEnd().concat('\n'))
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
