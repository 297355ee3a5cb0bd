import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openNotifyBus } from '../../src/database/notify.ts'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/index.ts'
import { createSecretService, type SecretService } from '../../src/features/secrets/service.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

const NPM_TOKEN = 'the-npm-token/with"everything'
const DEPLOY_KEY = 'the deploy key, and ünicode'
const FORGE_TOKEN = 'the-token-that-writes-to-a-forge'

let place: EnginePlace
let hand: Hand
/** The store as another process has it. */
let secrets: SecretService
const closing: (() => unknown)[] = []

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start()
  const database = await place.store.open()
  const log = pino({ level: 'silent' })
  const notify = await openNotifyBus({ database, log })
  const dataDir = join(place.directory, 'data')
  secrets = await createSecretService({
    ...{ database, notify, log, env: {} },
    masterKey: { variable: null, dataDir },
  })
  closing.push(
    () => secrets.close(),
    () => notify.close(),
  )
  await save('NPM_TOKEN', NPM_TOKEN)
  await save('DEPLOY_KEY', DEPLOY_KEY)
  await save('ANOTHERS', 'a secret that nobody names here')
  await save('GITHUB_TOKEN', FORGE_TOKEN)
  await save('DISGUISED', FORGE_TOKEN)
})
afterAll(async () => {
  for (const close of closing) await close()
  await place.close()
})

const save = (name: string, value: string) =>
  secrets.put(
    { workspaceId: DEFAULT_WORKSPACE_ID, scope: 'global', repositoryId: null, userId: null, name, value },
    'ann',
  )

async function everythingStored(): Promise<string> {
  const tables = await place.rows<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const rows = await Promise.all(
    tables.map(({ name }) => place.rows<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t`)),
  )
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n')
}

async function logOf(runId: string): Promise<string> {
  const entries = await place.rows<{ content: string }>(
    'select content from log_entries where run_id = $1 order by seq',
    runId,
  )
  return entries.map(({ content }) => content).join('\n')
}

/** Arguments of every process of the machine. */
async function everyArgument(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.join('\n')
}

function expectNoTrace(of: string, inText: string): void {
  const traces = [of, JSON.stringify(of).slice(1, -1), encodeURIComponent(of)]
  const encoded = Buffer.from(of).toString('base64').slice(0, -4)
  expect([...traces, encoded].filter((trace) => inText.includes(trace))).toEqual([])
}

test('an agent gets the secrets its repository and its task name, by their values, and no other', async () => {
  const script = [
    'env | cut -d= -f1 | sort | tr "\\n" " "',
    'printf "%s" "$NPM_TOKEN" | sha256sum',
    'printf "%s" "$DEPLOY_KEY" | sha256sum',
    'env',
  ].join('; ')
  const repository = await place.repository({
    agentCommand: ['sh', '-c', script],
    agentSecrets: ['NPM_TOKEN'],
  })
  const run = await place.createRun(hand.commands, repository, { agentSecrets: ['DEPLOY_KEY'] })
  await place.reaches(run, 'needs_attention')
  const said = await logOf(run.runId)
  for (const value of [NPM_TOKEN, DEPLOY_KEY]) {
    expect(said).toContain(createHash('sha256').update(value).digest('hex'))
  }
  const [names = ''] = said.split('\n').filter((line) => line.includes('OPTIO_TASK_ID'))
  const given = names.trim().split(' ')
  expect(given).toEqual(expect.arrayContaining(['NPM_TOKEN', 'DEPLOY_KEY']))
  for (const name of ['ANOTHERS', 'GITHUB_TOKEN', 'DATABASE_URL', 'OPTIO_ENCRYPTION_KEY']) {
    expect(given).not.toContain(name)
  }
  expect(said).toContain('NPM_TOKEN=[redacted]')
  const everything = await everythingStored()
  expectNoTrace(NPM_TOKEN, everything)
  expectNoTrace(DEPLOY_KEY, everything)
  const [used] = await place.rows<{ last_used_by: string }>(
    `select last_used_by from secrets where name = 'NPM_TOKEN'`,
  )
  expect(used?.last_used_by).toBe('A task')
})

test('a secret that another process saves while an agent runs is known at once, and is in no argument', async () => {
  const repository = await place.repository({
    agentCommand: ['sh', '-c', 'echo waits; while [ ! -f go ]; do sleep 0.05; done; cat go'],
    agentSecrets: ['NPM_TOKEN'],
  })
  const run = await place.createRun(hand.commands, repository)
  await until('the agent waits', async () => (await logOf(run.runId)).includes('waits'))
  expectNoTrace(NPM_TOKEN, await everyArgument())
  const value = 'saved-while-the-agent-runs'
  await save('LATER', value)
  await writeFile(join(hand.context.workspaces.paths(run.runId).clone, 'go'), `it is ${value}\n`)
  await place.reaches(run, 'needs_attention')
  expect(await logOf(run.runId)).toContain('it is [redacted]')
  expectNoTrace(value, await everythingStored())
})

test('a secret that is split over two pieces of an endless line is stored in neither', async () => {
  const before = 1024 * 1024 - 10
  const repository = await place.repository({
    agentCommand: [
      'sh',
      '-c',
      `head -c ${before} /dev/zero | tr '\\0' x; printf '%s' "$NPM_TOKEN"; head -c 3000 /dev/zero | tr '\\0' y`,
    ],
    agentSecrets: ['NPM_TOKEN'],
  })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'needs_attention')
  const pieces = await place.rows<{ content: string }>(
    `select content from log_entries where run_id = $1 and metadata ? 'longLine' order by seq`,
    run.runId,
  )
  expect(pieces.length).toBeGreaterThan(1)
  const whole = pieces.map(({ content }) => content).join('')
  expect(whole.length).toBe(before + '[redacted]'.length + 3000)
  expect(whole).toContain('x[redacted]y')
})

test('a secret in the words of a task is not in its pull request, nor in its history', async () => {
  const repository = await place.repository({
    agentCommand: ['sh', '-c', 'echo right >answer && git add answer && git commit -qm Answer'],
  })
  const run = await place.createRun(hand.commands, repository, { title: `Replace ${NPM_TOKEN} everywhere` })
  await place.reaches(run, 'pr_opened')
  const [shown] = await place.rows<{ row: string }>(
    'select to_jsonb(p)::text as row from pull_requests p where run_id = $1',
    run.runId,
  )
  expect(shown?.row).toContain('Replace [redacted] everywhere')
  expectNoTrace(NPM_TOKEN, shown?.row ?? '')
  const history = await place.rows<{ row: string }>('select to_jsonb(e)::text as row from events e')
  expectNoTrace(NPM_TOKEN, history.map(({ row }) => row).join('\n'))
})

test.each([
  ['MISSING', /the secret MISSING, and there is none.*optio secret set MISSING/],
  ['DISGUISED', /DISGUISED is the credential of a forge/],
  ['GITHUB_TOKEN', /GITHUB_TOKEN is never given to agents/],
])('an agent that is to get %s is not launched, and its task says why', async (name, words) => {
  const repository = await place.repository({ agentCommand: ['sh', '-c', 'env'], agentSecrets: [name] })
  const run = await place.createRun(hand.commands, repository)
  const { errorMessage } = await place.reaches(run, 'needs_attention', 'failed')
  expect(errorMessage).toMatch(words)
  expect(await logOf(run.runId)).not.toContain('OPTIO_TASK_ID')
})
