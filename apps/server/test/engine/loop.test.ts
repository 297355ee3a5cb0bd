import { OptioError } from '@optio/contract'
import { type Forge, NoAnswer } from '@optio/forges'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/workspaces.ts'
import { createCommands } from '../../src/engine/create-engine.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

const AGENT = ['sh', '-c', 'date +%N >answer && git add answer && git commit -qm "Answer"']

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

/** An engine whose forge is the real one, with something in its way. */
async function startWith(inTheWay: (forge: Forge) => Partial<Forge>): Promise<Hand> {
  return await place.start({}, (context) => {
    const forge = context.forge('local')
    const changed = { ...forge, ...inTheWay(forge) }
    return { ...context, forge: () => changed }
  })
}

test('a revoked credential fails nothing: the run says what it waits for, and goes on when it is replaced', async () => {
  let revoked = true
  const hand = await startWith((forge) => ({
    publish: async (repository, request) => {
      if (!revoked) return await forge.publish(repository, request)
      throw new NoAnswer('credential', 'It does not accept the token.', { retryAt: Date.now() + 200 })
    },
  }))
  const run = await place.createRun(hand.commands, await place.repository({ agentCommand: AGENT }))
  const waiting = await until('it waits for a person', async () => {
    const row = await place.run(run)
    return row.waitingOn === 'person' ? row : null
  })
  expect(waiting).toMatchObject({ state: 'running', explanation: { reason: 'forge_credential' } })
  expect(waiting.explanation?.summary).toContain('It does not accept the token.')
  // More such tries than any effect may have that fails.
  await place.rows(
    'update effects set tries = tries + 100, unanswered = unanswered + 100 where run_id = $1',
    run.runId,
  )
  const tries = async () =>
    (await place.rows<{ tries: number }>('select tries from effects where run_id = $1', run.runId))[0]
      ?.tries ?? 0
  const before = await tries()
  await until('it was tried again', async () => (await tries()) > before)
  expect(await place.run(run)).toMatchObject({ state: 'running' })
  revoked = false
  await place.reaches(run, 'pr_opened')
  const [effect] = await place.rows<{ silence: string | null; state: string }>(
    `select silence, state from effects where run_id = $1 and kind = 'publish'`,
    run.runId,
  )
  expect(effect).toEqual({ silence: null, state: 'done' })
  await hand.engine.stop()
})

test('commits name the agent beside the author, the clone follows, and a second attempt publishes on top', async () => {
  const hand = await place.start()
  const repository = await place.repository({ agentCommand: AGENT })
  const run = await place.createRun(hand.commands, repository)
  const { branch, publishedSha } = await place.reaches(run, 'pr_opened')
  const message = await repository.git.git('log', '-1', '--format=%B', branch ?? '')
  expect(message).toContain('Co-authored-by: command <command@agent.optio.localhost>')
  await hand.commands.forceRestart(run, { prompt: null }, 'test')
  await until('it has published again', async () => (await place.run(run)).publishedSha !== publishedSha)
  await place.reaches(run, 'pr_opened')
  expect(await repository.git.git('rev-parse', `${branch}~`)).toBe(publishedSha)
  await hand.engine.stop()
})

test('what a person pushed to the branch is in the clone before the agent works on, and is kept', async () => {
  const hand = await place.start()
  const repository = await place.repository({ agentCommand: AGENT })
  const run = await place.createRun(hand.commands, repository)
  const { branch } = await place.reaches(run, 'pr_opened')
  const { git } = repository.git
  await git('checkout', '--quiet', branch ?? '')
  await git('commit', '--quiet', '--allow-empty', '-m', 'By a person')
  const theirs = await git('rev-parse', 'HEAD')
  await git('checkout', '--quiet', 'main')
  await hand.commands.forceRestart(run, { prompt: null }, 'test')
  await until('it was published on top', async () => (await git('rev-parse', branch ?? '')) !== theirs)
  expect(await git('rev-parse', `${branch}~`)).toBe(theirs)
  await place.reaches(run, 'pr_opened')
  await hand.engine.stop()
})

test('a cancelled task closes its pull request, and retried opens another', async () => {
  const hand = await place.start()
  const run = await place.createRun(hand.commands, await place.repository({ agentCommand: AGENT }))
  const { prNumber } = await place.reaches(run, 'pr_opened')
  await hand.commands.cancel(run, 'test')
  await until('it is closed', async () => {
    const [pr] = await place.rows<{ state: string }>(
      'select state from pull_requests where run_id = $1',
      run.runId,
    )
    return pr?.state === 'closed'
  })
  expect((await place.run(run)).state).toBe('cancelled')
  await until('it is on record', async () => {
    const [close] = await place.rows<{ state: string }>(
      `select state from effects where run_id = $1 and kind = 'close_pull_request'`,
      run.runId,
    )
    return close?.state === 'done'
  })
  await hand.commands.retry(run, 'test')
  const again = await place.reaches(run, 'pr_opened')
  expect(again.prNumber).not.toBe(prNumber)
  await hand.engine.stop()
})

test('what only tidies up and fails for good is told, and fails no run', async () => {
  const hand = await startWith(() => ({
    deleteBranch: async () => {
      throw new OptioError('FORGE_PERMISSION', 'The token may not delete branches.')
    },
  }))
  const run = await place.createRun(hand.commands, await place.repository({ agentCommand: AGENT }))
  await place.reaches(run, 'pr_opened')
  const request = { kind: 'delete_branch', key: 'd', branch: 'optio/x-1', headSha: '1'.repeat(40) }
  await place.rows(
    `insert into effects (id, workspace_id, run_id, kind, key, request) values ($1, $2, $3, 'delete_branch', $4, $5)`,
    ...[uuidv7(), DEFAULT_WORKSPACE_ID, run.runId, `d:${run.runId}`, request],
  )
  await place.rows(
    `update effects set created_at = now() - interval '1 minute' where run_id = $1 and kind = 'delete_branch'`,
    run.runId,
  )
  const event = await until('it is told', async () => {
    const [found] = await place.rows<{ message: string }>(
      `select message from events where run_id = $1 and type = 'task:effect_failed'`,
      run.runId,
    )
    return found
  })
  expect(event.message).toBe('Deleting the branch failed for good: The token may not delete branches.')
  expect((await place.run(run)).state).toBe('pr_opened')
  await hand.engine.stop()
})

test('a publication that the forge refuses is a person’s business, in its words', async () => {
  const hand = await startWith(() => ({
    publish: async () => ({ outcome: 'refused', code: 'rule', message: 'Branches are named after tickets.' }),
  }))
  const run = await place.createRun(hand.commands, await place.repository({ agentCommand: AGENT }))
  const row = await place.reaches(run, 'needs_attention')
  expect(row).toMatchObject({ attentionCode: 'publish_refused' })
  expect(row.errorMessage).toContain('Branches are named after tickets.')
  await hand.engine.stop()
})

/** Effects of a run that waits, as old as they are said to be. */
async function tidyUps(runId: string, count: number, about: { unanswered?: number; age?: string } = {}) {
  const request = { kind: 'delete_branch', branch: 'optio/x-1', headSha: '1'.repeat(40) }
  await place.rows(
    `insert into effects (id, workspace_id, run_id, kind, key, request, tries, unanswered, created_at)
     select gen_random_uuid(), $1::uuid, $2::uuid, 'delete_branch', 'd:' || ($2::uuid)::text || n, $3::jsonb, $5::int, $5::int,
       now() - $6::interval
     from generate_series(1, $4::int) n`,
    ...[DEFAULT_WORKSPACE_ID, runId, request, count, about.unanswered ?? 0, about.age ?? '1 minute'],
  )
}

test('a forge that takes no credential is asked ever less often, and for what nobody waits for not longer than a day', async () => {
  const hand = await startWith(() => ({
    deleteBranch: () => Promise.reject(new NoAnswer('credential', 'Bad credentials.')),
  }))
  const context = await place.context()
  const pauseAfter = async (unanswered: number, age: string) => {
    const run = await place.createRun(createCommands(context), await place.repository(), { held: true })
    await tidyUps(run.runId, 1, { unanswered, age })
    return await until('it was tried', async () => {
      const [effect] = await place.rows<{ state: string; pause: number | null }>(
        `select state, extract(epoch from not_before - now())::float8 as pause from effects
         where run_id = $1 and tries > $2 and state <> 'executing'`,
        ...[run.runId, unanswered],
      )
      return effect
    })
  }
  for (const [unanswered, seconds] of [
    [0, 60],
    [3, 480],
    [40, 1_800],
  ] as const) {
    const { state, pause } = await pauseAfter(unanswered, '23 hours')
    expect(state).toBe('pending')
    expect(pause).toBeGreaterThan(seconds - 15)
    expect(pause).toBeLessThanOrEqual(seconds)
  }
  expect(await pauseAfter(3, '25 hours')).toMatchObject({ state: 'dead' })
  const told = await place.rows(
    `select from events where type = 'task:effect_failed' and message like '%Bad credentials%'`,
  )
  expect(told).toHaveLength(1)
  await hand.engine.stop()
})

test('what no run waits for does not hold the workers that runs wait for', async () => {
  let release = () => {}
  const hanging = new Promise<void>((resolve) => {
    release = resolve
  })
  let now = 0
  let most = 0
  const hand = await startWith(() => ({
    deleteBranch: async () => {
      most = Math.max(most, ++now)
      await hanging
      now -= 1
      return 'deleted' as const
    },
  }))
  const held = await place.createRun(hand.commands, await place.repository(), { held: true })
  await tidyUps(held.runId, 40)
  try {
    await until('as many as may are under way', async () => now === 3)
    const run = await place.createRun(hand.commands, await place.repository({ agentCommand: AGENT }))
    await place.reaches(run, 'pr_opened')
    expect(most).toBe(3)
  } finally {
    release()
  }
  await until('all were done in the end', async () => {
    const [open] = await place.rows<{ n: number }>(
      `select count(*)::int as n from effects where run_id = $1 and state <> 'done'`,
      held.runId,
    )
    return open?.n === 0
  })
  await hand.engine.stop()
})
