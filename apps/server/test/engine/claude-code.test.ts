import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAgentAccess } from '../../src/engine/credentials/agent-access.ts'
import type { RunRef } from '../../src/engine/engine.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'
import { launchesIn, type Recorded, recordedClaude, transcript } from './support/recorded-claude.ts'

const KEY = 'a-key/that+must"stay\\secret'

let place: EnginePlace

beforeEach(async () => {
  place = await EnginePlace.make()
})
afterEach(() => place.close())

/** An engine on whose machine `claude` plays these launches. */
async function start(
  launches: readonly Recorded[],
  env: Record<string, string> = { ANTHROPIC_API_KEY: KEY },
) {
  const directory = await recordedClaude(place.directory, launches)
  const PATH = `${directory}:${process.env.PATH}`
  return await place.start({}, (context) => ({
    ...context,
    agentAccess: createAgentAccess({
      secrets: null,
      env: { PATH, ...env },
      home: join(place.directory, 'home'),
    }),
  }))
}

async function play(name: string, exitCode: number, more: Partial<Recorded> = {}): Promise<Recorded> {
  return { lines: await transcript(name), exitCode, ...more }
}

async function task(hand: Hand, settings: object = {}, fields: object = {}): Promise<RunRef> {
  const repository = await place.repository({
    agentCommand: null,
    defaultAgentType: 'claude-code',
    ...settings,
  })
  return await place.createRun(hand.commands, repository, { agentType: 'claude-code', ...fields })
}

async function attempts(run: RunRef) {
  return await place.rows<{
    state: string
    reason: string
    exit_code: number | null
    failure: { kind: string } | null
    cost_usd: string
    cost_estimated: boolean
    session_id: string | null
  }>('select * from attempts where run_id = $1 order by number', run.runId)
}

const launches = (hand: Hand, run: RunRef) => launchesIn(hand.context.workspaces.paths(run.runId).home)

describe('a recorded Claude Code', () => {
  test('that commits becomes a pull request, with its session, its cost and its words', async () => {
    const hand = await start([await play('commit', 0, { commits: 'hello.txt' })])
    const run = await task(hand)
    const { resultSummary } = await place.reaches(run, 'pr_opened')
    expect(resultSummary).toBe('Done: hello.txt is committed.')
    expect(await attempts(run)).toMatchObject([
      {
        state: 'succeeded',
        cost_usd: '0.193155000',
        cost_estimated: false,
        session_id: '9a03e1a6-9cb6-4806-afc2-588143f09650',
        failure: null,
      },
    ])
    const [launch] = await launches(hand, run)
    expect(launch?.prompt).toContain('Do it.')
  })

  test('whose credential is refused asks for a person at once, without a retry', async () => {
    const hand = await start([await play('err401-r2', 1)])
    const run = await task(hand, {}, { maxRetries: 3 })
    const { attentionCode, errorMessage } = await place.reaches(run, 'needs_attention')
    expect(attentionCode).toBe('agent_login')
    expect(errorMessage).toContain('Invalid API key')
    expect(await attempts(run)).toMatchObject([{ state: 'failed', failure: { kind: 'login' } }])
  })

  test('whose tools were denied has not succeeded, although it exits with 0; its work is kept', async () => {
    const hand = await start([await play('denied', 0, { commits: 'hello.txt' })])
    const run = await task(hand)
    expect((await place.reaches(run, 'needs_attention')).attentionCode).toBe('tools_denied')
    expect(await attempts(run)).toMatchObject([
      { state: 'failed', exit_code: 0, failure: { kind: 'denied' }, outcome: { commitsAhead: 1 } },
    ])
  })

  test('whose output breaks off has failed, although it exits with 0', async () => {
    const hand = await start([await play('sigKILL', 0), await play('commit', 0, { commits: 'hello.txt' })])
    const run = await task(hand, {}, { maxRetries: 1 })
    await place.reaches(run, 'pr_opened')
    expect(await attempts(run)).toMatchObject([
      { state: 'failed', failure: { kind: 'agent' }, cost_estimated: true },
      { state: 'succeeded', reason: 'retry' },
    ])
  })

  test('that uses up its turns goes on in the same session when a person resumes it', async () => {
    const hand = await start([await play('maxturns', 1), await play('commit', 0, { commits: 'hello.txt' })])
    const run = await task(hand, { maxTurnsCoding: 3 })
    expect((await place.reaches(run, 'needs_attention')).attentionCode).toBe('max_turns_reached')
    await hand.commands.resume(run, { prompt: null }, 'ann')
    await place.reaches(run, 'pr_opened')
    const [first, second] = await launches(hand, run)
    expect(first?.argv).toContain('--max-turns=3')
    expect(second?.argv).toContain('--resume=73faee19-f168-4f9f-a9dd-fb1350fb6358')
  })

  test('whose session is gone starts a new one at once, with the whole task and no retry used up', async () => {
    const hand = await start([
      await play('maxturns', 1),
      await play('resume-missing', 1),
      await play('commit', 0, { commits: 'hello.txt' }),
    ])
    const run = await task(hand, {}, { maxRetries: 0 })
    await place.reaches(run, 'needs_attention')
    await hand.commands.resume(run, { prompt: null }, 'ann')
    await place.reaches(run, 'pr_opened')
    const argv = (await launches(hand, run)).map((launch) => launch.argv.join(' '))
    expect(argv.map((words) => words.includes('--resume='))).toEqual([false, true, false])
    expect((await attempts(run)).map(({ failure }) => failure?.kind ?? null)).toEqual([
      'max_turns',
      'session',
      null,
    ])
  })

  test('that the provider turns away is parked with the time in words, and goes on in its session', async () => {
    const seconds = Math.floor(Date.now() / 1000) + 5 * 3600
    const quota = JSON.stringify({
      type: 'rate_limit_event',
      rate_limit_info: { status: 'rejected', resetsAt: seconds, rateLimitType: 'five_hour' },
    })
    const limited = await play('err429-r2', 1)
    const hand = await start([
      { ...limited, lines: [...limited.lines.slice(0, -1), quota, ...limited.lines.slice(-1)] },
      await play('commit', 0, { commits: 'hello.txt' }),
    ])
    const run = await task(hand, {}, { maxRetries: 0 })
    const parked = await until('it is parked', async () => {
      const row = await place.run(run)
      return row.state === 'queued' && row.notBefore !== null ? row : null
    })
    expect((parked.notBefore?.getTime() ?? 0) - seconds * 1000).toBeLessThan(60_000)
    const explained = await hand.commands.explain(run)
    expect(explained?.summary).toContain(`goes on at ${parked.notBefore?.toISOString()}`)
    await hand.commands.runNow(run, 'ann')
    await place.reaches(run, 'pr_opened')
    expect((await place.run(run)).retryCount).toBe(0)
    expect((await launches(hand, run))[1]?.argv).toContain('--resume=daaa411f-b896-450e-88b0-e0c72465fe0a')
  })

  test('is told the task’s model, else the repository’s, and what is left of the budget', async () => {
    const hand = await start([await play('maxturns', 1), await play('commit', 0, { commits: 'hello.txt' })])
    const settings = { model: 'of-the-repository', maxTurnsCoding: 9 }
    const own = await task(hand, settings, { model: 'of-the-task', budgetUsd: '1' })
    await place.reaches(own, 'needs_attention')
    await hand.commands.resume(own, { prompt: null }, 'ann')
    await place.reaches(own, 'pr_opened')
    const [first, second] = await launches(hand, own)
    expect(first?.argv).toEqual(
      expect.arrayContaining(['--model=of-the-task', '--max-turns=9', '--max-budget-usd=1.00']),
    )
    expect(second?.argv).toContain('--max-budget-usd=0.711875')

    const other = await task(hand, settings)
    await place.reaches(other, 'needs_attention', 'pr_opened')
    expect((await launches(hand, other))[0]?.argv).toContain('--model=of-the-repository')
  })
})

describe('an agent that cannot be launched', () => {
  test.each([
    ['without a credential', {}, 'agent_login'],
    ['without its program', { PATH: '/usr/bin:/bin', ANTHROPIC_API_KEY: KEY }, 'agent_not_available'],
  ])('%s says so at once, before anything is cloned', async (_name, env, code) => {
    const hand = await start([await play('commit', 0)], env)
    const run = await task(hand, {}, { maxRetries: 3 })
    const { attentionCode, errorMessage } = await place.reaches(run, 'needs_attention')
    expect(attentionCode).toBe(code)
    expect(errorMessage).toMatch(/ANTHROPIC_API_KEY|npm install/)
    expect(await attempts(run)).toHaveLength(1)
    expect(await place.rows('select 1 from environments where run_id = $1', run.runId)).toEqual([])
  })
})

test('a credential that an agent prints is nowhere: not in its log, its words, its state or the pull request', async () => {
  const words = [
    KEY,
    JSON.stringify(KEY),
    encodeURIComponent(KEY),
    Buffer.from(`x${KEY}y`).toString('base64'),
  ]
  const lines = (await transcript('commit')).map((line) =>
    line.replaceAll('Done: hello.txt is committed.', JSON.stringify(words.join(' ')).slice(1, -1)),
  )
  const hand = await start([
    {
      lines: [...words, ...lines],
      errors: `${words.join('\n')}\n`,
      exitCode: 0,
      commits: 'hello.txt',
    },
  ])
  const run = await task(hand)
  await place.reaches(run, 'pr_opened')
  const tables = ['log_entries', 'attempts', 'runs', 'events', 'effects', 'pull_requests']
  const stored = await Promise.all(
    tables.map((table) => place.rows<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t`)),
  )
  const all = stored.flat().map(({ row }) => row)
  expect(all.filter((row) => row.includes('[redacted]')).length).toBeGreaterThan(8)
  for (const row of all) {
    expect(row).not.toContain('must')
    for (const form of words.slice(2)) expect(row).not.toContain(form.slice(4, -4))
  }
})
