// Fails when the tables in src/database/schema and the migrations disagree: drizzle-kit, given a copy of the migrations, must have
// nothing to add. Run by `npm run db:check -w @optio/server`.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const room = dirname(dirname(fileURLToPath(import.meta.url)))
const migrations = join(room, 'migrations')

/** The migrations in the order of the journal, after checking that drizzle will apply all of them in that order. */
function journalOf(folder) {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8'))
  entries.forEach((entry, i) => {
    if (entry.idx !== i) fail(`${entry.tag} is number ${entry.idx} in the journal, but stands at ${i}.`)
    if (i > 0 && entry.when <= entries[i - 1].when)
      fail(`${entry.tag} is dated before the one it follows: drizzle would skip it.`)
  })
  return entries.map((entry) => `${entry.tag}.sql`)
}

function fail(message) {
  throw new Error(message)
}

process.on('uncaughtException', (error) => {
  console.error(`db:check: ${error.message}`)
  process.exitCode = 1
})

const listed = journalOf(migrations)
const present = readdirSync(migrations).filter((name) => name.endsWith('.sql'))
const strangers = present.filter((name) => !listed.includes(name))
if (strangers.length > 0) fail(`not in the journal: ${strangers.join(', ')}`)

// Inside the room, because drizzle-kit takes its output folder relative to where it runs.
const scratch = mkdtempSync(join(room, '.db-check-'))
try {
  const copy = join(scratch, 'migrations')
  cpSync(migrations, copy, { recursive: true })
  const cli = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs')
  const run = spawnSync(
    process.execPath,
    [
      ...[cli, 'generate', '--dialect=postgresql', '--schema=./src/database/schema/index.ts'],
      `--out=./${relative(room, copy)}`,
    ],
    // Without a terminal it fails where it would ask whether a column was renamed: then they disagree, too.
    { cwd: room, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const added = readdirSync(copy).filter((name) => name.endsWith('.sql') && !present.includes(name))
  if (added.length > 0) {
    const sql = added.map((name) => readFileSync(join(copy, name), 'utf8')).join('\n')
    fail(
      `the schema has what no migration makes. Run \`npm run db:generate -w @optio/server\`. Missing:\n${sql}`,
    )
  }
  if (run.status !== 0 || !/No schema changes/.test(run.stdout))
    fail(`drizzle-kit failed:\n${run.stdout}${run.stderr}`)
  console.log('The schema and the migrations agree.')
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
