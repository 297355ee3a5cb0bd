import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attempts, environments } from '../../src/database/schema/index.ts'
import { cleanUpEnvironments } from '../../src/engine/clean-up.ts'
import { saveDefinition, startDefinition } from './support/definitions.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

let place: EnginePlace
let hand: Hand

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start()
})
afterAll(() => place.close())

/** A definition whose agent is these words of a shell. */
const job = (script: string, settings: Parameters<typeof saveDefinition>[1] = {}) =>
  saveDefinition(place, { agentCommand: ['sh', '-c', script], ...settings })

const resultOf = (words: string) => `printf '{"type":"result","summary":"%s"}\\n' "${words}"`

const lines = async (runId: string) =>
  (
    await place.rows<{ content: string }>(
      'select content from log_entries where run_id = $1 order by seq',
      runId,
    )
  ).map(({ content }) => content)

const attemptsEnded = async (runId: string) =>
  (await place.rows('select from attempts where run_id = $1 and ended_at is not null', runId)).length

test('a run without a repository works in an empty directory of its own and its output is the agent’s result', async () => {
  const definition = await job(
    `ls -A | wc -l; cat; printf '{"type":"usage","costUsd":"0.5","inputTokens":3,"outputTokens":2}\\n'; echo x >left; ${resultOf('in $(basename "$PWD")')}`,
  )
  const run = await startDefinition(hand.commands, definition, { prompt: 'Count the stars.' })
  const done = await place.reaches(run, 'completed')
  expect(done).toMatchObject({ resultSummary: 'in clone', branch: null, repositoryId: null, prNumber: null })
  const log = await lines(run.runId)
  expect(log).toContain('0')
  expect(log.join('\n')).toContain('Count the stars.')
  expect(await readdir(hand.context.workspaces.paths(run.runId).clone)).toEqual(['left'])
  const [attempt] = await place.database.orm.select().from(attempts).where(eq(attempts.runId, run.runId))
  expect(attempt).toMatchObject({ state: 'succeeded', costUsd: '0.500000000', outcome: null })
})

test('what happens to it is told as events of a run that name its definition', async () => {
  const definition = await job('true')
  const run = await startDefinition(hand.commands, definition)
  await place.reaches(run, 'completed')
  const told = await place.rows<{ type: string; data: object }>(
    'select type, data from events where run_id = $1 order by id',
    run.runId,
  )
  expect(told[0]?.type).toBe('run:created')
  expect(told.filter(({ type }) => type.startsWith('task:'))).toEqual([])
  expect(told.map(({ type }) => type)).toContain('run:state_changed')
  for (const { type, data } of told.filter(({ type }) => type.startsWith('run:'))) {
    expect({ type, data }).toMatchObject({ data: { runId: run.runId, definitionId: definition.id } })
  }
})

test('setup commands run once in the empty directory, with the variables of the definition, before the agent', async () => {
  const definition = await job(`cat made; test "$OPTIO_ATTEMPT" = 2 || exit 3; ${resultOf('$WORD')}`, {
    environmentSpec: {
      setupCommands: 'echo "made with $WORD" >>made',
      env: { WORD: 'salt', PATH: '/nowhere', HOME: '/nowhere', OPTIO_ATTEMPT: '9' },
    },
  })
  const run = await startDefinition(hand.commands, definition)
  const done = await place.reaches(run, 'completed')
  expect(done.resultSummary).toBe('salt')
  expect(await readFile(join(hand.context.workspaces.paths(run.runId).clone, 'made'), 'utf8')).toBe(
    'made with salt\n',
  )
})

test('setup commands that fail end in words at a person, and use up no retry', async () => {
  const definition = await job('true', { environmentSpec: { setupCommands: 'echo broken; exit 4' } })
  const run = await startDefinition(hand.commands, definition)
  const asked = await place.reaches(run, 'needs_attention')
  expect(asked).toMatchObject({ attentionCode: 'environment_failed', retryCount: 0 })
  expect(asked.errorMessage).toContain('exit code 4')
})

test('an agent that fails is tried again in the same directory, and fails the run when its retries are used up', async () => {
  const definition = await job(`echo x >>tries; wc -l <tries; ${resultOf('half')}; exit 1`)
  const run = await startDefinition(hand.commands, definition)
  const failed = await place.reaches(run, 'failed')
  expect(failed).toMatchObject({ retryCount: 1, errorCategory: 'agent' })
  expect(await lines(run.runId)).toEqual(expect.arrayContaining(['1', '2']))
})

test('the result of an attempt that failed is not the output of the run', async () => {
  const definition = await job(`test "$OPTIO_ATTEMPT" = 2 && exit 0; ${resultOf('nonsense')}; exit 1`)
  const run = await startDefinition(hand.commands, definition)
  expect(await place.reaches(run, 'completed')).toMatchObject({ resultSummary: null })
})

test('its time limit is that of its definition', async () => {
  const definition = await job('sleep 60', { environmentSpec: { maxAttemptMs: 300 } })
  const run = await startDefinition(hand.commands, definition)
  expect(await place.reaches(run, 'needs_attention')).toMatchObject({ attentionCode: 'deadline_reached' })
})

test('later changes of the definition do not change a run that exists', async () => {
  const definition = await job('echo first; exit 1', { maxRetries: 0 })
  const run = await startDefinition(hand.commands, definition)
  await place.reaches(run, 'failed')
  await place.rows(`update blueprints set agent_command = '["echo", "second"]' where id = $1`, definition.id)
  await hand.commands.retry(run, 'ann')
  await until('it failed once more', async () => (await attemptsEnded(run.runId)) === 2)
  expect((await lines(run.runId)).filter((line) => line === 'first')).toHaveLength(2)
})

test('cancelling it ends every process of it', async () => {
  const definition = await job('sleep 61 & sleep 61')
  const run = await startDefinition(hand.commands, definition)
  await place.reaches(run, 'running')
  const step = hand.context.workspaces.paths(run.runId).stepDir(1, 'agent')
  await until('its agent runs', async () => (await hand.context.runtime.status(step)).state === 'running')
  await hand.commands.cancel(run, 'ann')
  expect((await place.run(run)).state).toBe('cancelled')
  expect((await hand.context.runtime.status(step)).state).toBe('exited')
})

test('starting it from scratch gives it an empty directory again', async () => {
  const definition = await job(`ls -A | wc -l; touch left; test -e "$HOME/never" || exit 1`, {
    maxRetries: 0,
  })
  const run = await startDefinition(hand.commands, definition)
  await place.reaches(run, 'failed')
  await hand.commands.forceRedo(run, 'ann')
  await until('it failed once more', async () => (await attemptsEnded(run.runId)) === 2)
  await place.reaches(run, 'failed')
  expect((await lines(run.runId)).filter((line) => line === '0')).toHaveLength(2)
  expect(await place.run(run)).toMatchObject({ branch: null, intent: null })
})

test('at most as many of its runs execute at once as the definition says', async () => {
  const definition = await job('while [ ! -e "$HOME/go" ]; do sleep 0.05; done', { maxConcurrent: 1 })
  const [first, second] = [
    await startDefinition(hand.commands, definition),
    await startDefinition(hand.commands, definition),
  ]
  await place.reaches(first, 'running')
  const why = await until('the other says why it waits', async () => {
    const explained = await hand.commands.explain(second)
    return explained?.summary.includes('1 slots') ? explained : null
  })
  expect(why.summary).not.toContain('repository')
  expect((await place.run(second)).state).toBe('queued')
  await writeFile(join(hand.context.workspaces.paths(first.runId).home, 'go'), '')
  await place.reaches(second, 'running')
  await hand.commands.cancel(second, 'test')
})

test('its environment goes by age without a question to git, and at once when the run is deleted', async () => {
  const definition = await job('echo work >work')
  const [old, deleted] = [
    await startDefinition(hand.commands, definition),
    await startDefinition(hand.commands, definition),
  ]
  for (const run of [old, deleted]) await place.reaches(run, 'completed')
  const { workspaces } = hand.context
  await place.database.orm
    .update(environments)
    .set({ lastUsedAt: sql`now() - interval '1 year'` })
    .where(eq(environments.runId, old.runId))
  expect(await cleanUpEnvironments(hand.context)).toBe(1)
  await hand.commands.remove(deleted, 'ann')
  for (const { runId } of [old, deleted]) expect(existsSync(workspaces.paths(runId).root)).toBe(false)
  expect(existsSync(join(place.directory, 'data', 'environments', '.kept'))).toBe(false)
})

test('however many environments are old, all of them go at once', async () => {
  const definition = await job('true')
  const many = 120
  await place.rows(
    `insert into runs (id, workspace_id, kind, state, title, prompt, agent_type, created_by, blueprint_id)
     select gen_random_uuid(), $1, 'standalone', 'completed', 'Done', 'Do it.', 'command', 'test', $2
     from generate_series(1, $3)`,
    ...[definition.workspaceId, definition.id, many],
  )
  const { workspaces, config } = hand.context
  const made = await place.rows<{ run_id: string }>(
    `insert into environments (run_id, workspace_id, host_id, last_used_at)
     select id, workspace_id, $2, now() - interval '1 year' from runs where blueprint_id = $1 returning run_id`,
    ...[definition.id, config.hostId],
  )
  const ids = made.map(({ run_id }) => run_id)
  await Promise.all(ids.map((runId) => workspaces.prepareEmpty(runId)))
  expect(await cleanUpEnvironments(hand.context)).toBe(many)
  expect(ids.filter((runId) => existsSync(workspaces.paths(runId).root))).toEqual([])
})
