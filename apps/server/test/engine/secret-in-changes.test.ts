import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAgentAccess } from '../../src/engine/credentials/agent-access.ts'
import type { RunRef } from '../../src/engine/engine.ts'
import { type ConnectedRepository, EnginePlace, type Hand } from './support/engine-place.ts'
import { type Recorded, recordedClaude, transcript } from './support/recorded-claude.ts'

const KEY = 'a-key/that+must"stay\\secret'
/** Of any form of the key, something that is in no other text. */
const TRACES = [
  KEY,
  JSON.stringify(KEY).slice(1, -1),
  encodeURIComponent(KEY),
  Buffer.from(KEY).toString('base64'),
]

const COMMITS_AND_REMOVES = [
  'env > debug.env',
  'git add debug.env',
  'git commit -qm "Look at the environment"',
  'git rm -q debug.env',
  'echo right > work.txt',
  'git add work.txt',
  'git commit -qm "Do the work"',
].join('\n')

let place: EnginePlace

beforeEach(async () => {
  place = await EnginePlace.make()
})
afterEach(() => place.close())

/** An engine whose agents are given this key, and whose `claude` does this in its launches. */
async function start(scripts: readonly string[], key = KEY): Promise<Hand> {
  const lines = await transcript('commit')
  const launches: Recorded[] = scripts.map((script) => ({ lines, exitCode: 0, script }))
  const directory = await recordedClaude(place.directory, launches)
  const env = { PATH: `${directory}:${process.env.PATH}`, ANTHROPIC_API_KEY: key }
  return await place.start({}, (context) => ({
    ...context,
    agentAccess: createAgentAccess({ secrets: null, env, home: join(place.directory, 'home') }),
  }))
}

async function task(hand: Hand): Promise<{ run: RunRef; repository: ConnectedRepository }> {
  const repository = await place.repository({ agentCommand: null, defaultAgentType: 'claude-code' })
  return { repository, run: await place.createRun(hand.commands, repository, { agentType: 'claude-code' }) }
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: place.directory, GIT_CONFIG_NOSYSTEM: '1' }
  return (await promisify(execFile)('git', args, { cwd, env })).stdout.trim()
}

/** Everything the upstream has, also what no branch reaches, and everything the database holds. */
async function everythingOutside(repository: ConnectedRepository): Promise<string> {
  const objects = await git(repository.git.path, 'cat-file', '--batch-all-objects', '--batch')
  const tables = ['log_entries', 'attempts', 'runs', 'events', 'effects', 'pull_requests', 'environments']
  const rows = await Promise.all(
    tables.map((table) => place.rows<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t`)),
  )
  return [objects, ...rows.flat().map(({ row }) => row)].join('\n')
}

async function expectNothingPublished(repository: ConnectedRepository): Promise<void> {
  expect(await git(repository.git.path, 'branch', '--format=%(refname:short)')).toBe('main')
  expect(await place.rows('select 1 from pull_requests')).toEqual([])
  const outside = await everythingOutside(repository)
  for (const trace of TRACES) {
    expect(outside).not.toContain(trace)
    expect(outside).not.toContain(JSON.stringify(trace).slice(1, -1))
  }
}

test('what is remembered of a key, to find it again, is not the key, and like the prompt for the owner only', async () => {
  const hand = await start(['true'])
  const { run } = await task(hand)
  await place.reaches(run, 'needs_attention')
  const { root } = hand.context.workspaces.paths(run.runId)
  const remembered = await readFile(join(root, 'granted', '1.json'), 'utf8')
  expect(remembered).toContain('ANTHROPIC_API_KEY')
  for (const trace of TRACES) expect(remembered).not.toContain(trace)
  for (const [name, mode] of [
    ['granted', '700'],
    ['granted/1.json', '600'],
    ['prompts', '700'],
    ['prompts/1.md', '600'],
  ] as const) {
    expect([name, ((await stat(join(root, name))).mode & 0o777).toString(8)]).toEqual([name, mode])
  }
})

describe('an agent that commits its key', () => {
  test('and removes it again is not published; a person is told what and where; once it is out of the history, it is', async () => {
    const hand = await start([COMMITS_AND_REMOVES, 'true'])
    const { run, repository } = await task(hand)
    const { attentionCode, errorMessage } = await place.reaches(run, 'needs_attention')
    const { clone } = hand.context.workspaces.paths(run.runId)
    const guilty = await git(clone, 'rev-parse', '--short=10', 'HEAD~1')
    expect(attentionCode).toBe('secret_in_changes')
    expect(errorMessage).toContain(`ANTHROPIC_API_KEY is in debug.env in commit ${guilty}`)
    const explained = await hand.commands.explain(run)
    expect(explained?.wouldChange.join()).toContain('optio task open')
    await expectNothingPublished(repository)
    expect(await place.rows('select 1 from effects')).toEqual([])

    await git(clone, 'reset', '-q', '--soft', 'origin/main')
    await git(clone, 'commit', '-qm', 'Do the work')
    await hand.commands.resume(run, { prompt: null }, 'ann')
    const { publishedSha } = await place.reaches(run, 'pr_opened')
    expect(publishedSha).toBe(await git(clone, 'rev-parse', 'HEAD'))
    expect(await git(repository.git.path, 'show', `${publishedSha}:work.txt`)).toBe('right')
    const outside = await everythingOutside(repository)
    for (const trace of TRACES) expect(outside).not.toContain(trace)
  })

  test.each([
    ['in a message', 'git commit -q --allow-empty -m "used $ANTHROPIC_API_KEY"', 'the message'],
    [
      'as the name of a file',
      'mkdir -p "$(dirname "$ANTHROPIC_API_KEY")"; echo > "$ANTHROPIC_API_KEY"; git add .; git commit -qm file',
      'the name of a file',
    ],
    [
      'in base64, in a binary file',
      '{ head -c 100001 /dev/zero; printf "user:%s" "$ANTHROPIC_API_KEY" | base64; } > x.bin; git add .; git commit -qm x',
      'x.bin in commit',
    ],
  ])('%s is not published', async (_where, script, words) => {
    const hand = await start([script])
    const { run, repository } = await task(hand)
    const { attentionCode, errorMessage } = await place.reaches(run, 'needs_attention')
    expect([attentionCode, errorMessage]).toEqual(['secret_in_changes', expect.stringContaining(words)])
    await expectNothingPublished(repository)
  })

  test('is not published by a process that knows only another key, as after the key was replaced', async () => {
    const first = await start([COMMITS_AND_REMOVES, 'true'])
    const { run, repository } = await task(first)
    await place.reaches(run, 'needs_attention')
    await first.engine.stop()
    const second = await start([COMMITS_AND_REMOVES, 'true'], 'another-key-that-is-valid')
    await second.commands.resume(run, { prompt: null }, 'ann')
    const { attentionCode, errorMessage } = await place.reaches(run, 'needs_attention')
    expect(attentionCode).toBe('secret_in_changes')
    expect(errorMessage).toContain('ANTHROPIC_API_KEY is in debug.env')
    await expectNothingPublished(repository)
  })
})

test('publishing searches by itself: an attempt that an older Optio ended, without a search, is refused', async () => {
  const hand = await start([COMMITS_AND_REMOVES])
  const { run, repository } = await task(hand)
  await place.reaches(run, 'needs_attention')
  await place.rows("update attempts set outcome = outcome - 'leaks' where run_id = $1", run.runId)
  await place.rows(
    `update runs set state = 'running', attention_code = null, error_message = null, version = version + 1,
       next_look_at = now() where id = $1`,
    run.runId,
  )
  const { attentionCode, errorMessage } = await place.reaches(run, 'needs_attention')
  expect(attentionCode).toBe('secret_in_changes')
  expect(errorMessage).toContain('ANTHROPIC_API_KEY is in debug.env')
  expect(await place.rows('select kind, state, refusal from effects')).toMatchObject([
    { kind: 'publish', state: 'done', refusal: { code: 'secret_in_changes' } },
  ])
  await expectNothingPublished(repository)
})
