import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkRuns, environments } from '../../src/database/schema/index.ts'
import { cleanUpEnvironments } from '../../src/engine/clean-up.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

const COMMIT = 'echo right >answer && git add answer && git commit -qm Answer'

let place: EnginePlace
let hand: Hand

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start()
})
afterAll(() => place.close())

/** Waits for a file in its home directory. */
const WAIT = 'while [ ! -e "$HOME/go" ]; do sleep 0.05; done'

test('an agent that cannot be launched is a person’s business after a few tries', async () => {
  const repository = await place.repository({ agentCommand: null })
  const run = await place.createRun(hand.commands, repository)
  const { attentionCode, errorMessage } = await place.reaches(run, 'needs_attention')
  expect(attentionCode).toBe('environment_failed')
  expect(errorMessage).toContain('agentCommand')
})

test('an attempt ends, with its work kept, although its base branch is gone', async () => {
  const repository = await place.repository({ agentCommand: ['sh', '-c', `${WAIT}; ${COMMIT}`] })
  await repository.git.git('branch', 'base')
  const run = await place.createRun(hand.commands, repository, { baseRef: 'base' })
  await place.reaches(run, 'running')
  await repository.git.git('branch', '-D', 'base')
  await hand.context.workspaces.refreshMirror({ id: repository.row.id, repoUrl: repository.row.repoUrl })
  await writeFile(join(hand.context.workspaces.paths(run.runId).home, 'go'), '')
  await place.reaches(run, 'needs_attention')
  expect(await hand.context.workspaces.holdsUnsavedWork(run.runId)).toBe(true)
})

test('a clean-up leaves the environment of a task that is retried at that moment', async () => {
  const repository = await place.repository({ agentCommand: ['false'] })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'failed')
  await place.database.orm
    .update(environments)
    .set({ lastUsedAt: sql`now() - interval '1 year'` })
    .where(eq(environments.runId, run.runId))
  const { workspaces } = hand.context
  await place.rows(`update repositories set agent_command = '["sleep", "60"]'`)
  const removed = await cleanUpEnvironments({
    ...hand.context,
    config: { ...hand.context.config, environmentTtlMs: 1_000 },
    workspaces: {
      ...workspaces,
      async holdsUnsavedWork(runId) {
        const holds = await workspaces.holdsUnsavedWork(runId)
        await hand.commands.retry(run, 'ann')
        return holds
      },
    },
  })
  expect(removed).toBe(0)
  await place.reaches(run, 'running')
  expect(await readdir(workspaces.paths(run.runId).clone)).toContain('README.md')
  await hand.commands.cancel(run, 'test')
})

test('a task that is deleted while its work is unsaved leaves that work aside', async () => {
  const repository = await place.repository({ agentCommand: ['sh', '-c', 'echo unsaved >work; exit 1'] })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'failed')
  await hand.commands.remove(run, 'ann')
  expect(await place.rows('select from runs where id = $1', run.runId)).toEqual([])
  const kept = join(place.directory, 'data', 'environments', '.kept', `${run.runId}-1`, 'clone', 'work')
  expect(await readFile(kept, 'utf8')).toBe('unsaved\n')
})

test('a check that the machine lost runs again in a clean checkout, and leaves no files', async () => {
  const repository = await place.repository({
    agentCommand: ['sh', '-c', COMMIT],
    testCommand: `test ! -e left-over || exit 9; touch left-over; ${WAIT}`,
  })
  const run = await place.createRun(hand.commands, repository)
  const check = await until('the check runs', async () => {
    const [row] = await place.database.orm.select().from(checkRuns).where(eq(checkRuns.runId, run.runId))
    return row?.status === 'running' ? row : null
  })
  const step = join(hand.context.config.checksDir, check.id, '0', 'test')
  const { pid } = await until('its process runs', async () => {
    const status = await hand.context.runtime.status(step)
    return status.state === 'running' ? status : null
  })
  process.kill(pid, 'SIGKILL')
  await writeFile(join(hand.context.config.checksDir, check.id, 'home', 'go'), '')
  const ended = await until('the check has ended', async () => {
    const [row] = await place.database.orm.select().from(checkRuns).where(eq(checkRuns.runId, run.runId))
    return row?.status === 'completed' ? row : null
  })
  expect(ended).toMatchObject({ conclusion: 'success', restarts: 1 })
  await until('its files are gone', async () => (await readdir(hand.context.config.checksDir)).length === 0)
})

test('an agent cannot have its next prompt written over a file of Optio’s', async () => {
  const victim = join(place.directory, 'data', 'host-id')
  await writeFile(victim, 'untouched\n')
  const plant = `mkdir -p "$HOME/prompts" && ln -sf ${victim} "$HOME/prompts/2.md.new" && exit 1`
  const repository = await place.repository({
    agentCommand: ['sh', '-c', `test "$OPTIO_ATTEMPT" = 2 && ${COMMIT} && exit 0; ${plant}`],
  })
  const run = await place.createRun(hand.commands, repository, { maxRetries: 1 })
  await place.reaches(run, 'pr_opened')
  expect(await readFile(victim, 'utf8')).toBe('untouched\n')
})
