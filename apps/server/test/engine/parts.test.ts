import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NewRun, RunRef } from '../../src/engine/engine.ts'
import { glance } from '../../src/engine/glance.ts'
import { repositoryRef } from '../../src/engine/observe.ts'
import { saveDefinition, startDefinition } from './support/definitions.ts'
import { EnginePlace, type Hand, until } from './support/engine-place.ts'

const COMMIT = 'echo "$OPTIO_RUN_ID" >"$OPTIO_RUN_ID" && git add . && git commit -qm Answer'
/** Waits for a file in its home directory. */
const WAIT = 'while [ ! -e "$HOME/go" ]; do sleep 0.05; done'

let place: EnginePlace
let hand: Hand

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start({ maxConcurrent: 20 })
})
afterAll(() => place.close())

const shop = (settings: Parameters<EnginePlace['repository']>[0] = {}) =>
  place.repository({ agentCommand: ['sh', '-c', COMMIT], maxConcurrentTasks: 10, ...settings })

type Part = NonNullable<NewRun['parent']>

const partOf = (parent: RunRef, part: Partial<Part> = {}): Part => ({
  ...{ runId: parent.runId, taskType: 'child', blocksParent: false, order: null, ...part },
})

const go = ({ runId }: RunRef) => writeFile(join(hand.context.workspaces.paths(runId).home, 'go'), '')

test('a task that is cancelled takes its steps, its reviews and the children that hold it along', async () => {
  const repository = await shop({ agentCommand: ['sleep', '60'] })
  const parent = await place.createRun(hand.commands, repository)
  const make = (part: Partial<Part>) =>
    place.createRun(hand.commands, repository, { parent: partOf(parent, part) })
  const concerned = [
    await make({ taskType: 'step', blocksParent: false, order: 1 }),
    await make({ taskType: 'child', blocksParent: true }),
  ]
  const free = await make({ taskType: 'child' })
  for (const run of [parent, ...concerned, free]) await place.reaches(run, 'running')
  await hand.commands.cancel(parent, 'ann')
  for (const run of concerned) await place.reaches(run, 'cancelled')
  expect(await place.run(free)).toMatchObject({ state: 'running', intent: null })
  await hand.commands.cancel(free, 'ann')
})

test('a part that would hold a task that is done with is refused, and one that does not is made', async () => {
  const repository = await shop({ agentCommand: ['false'] })
  const parent = await place.createRun(hand.commands, repository, { held: true })
  await hand.commands.cancel(parent, 'ann')
  const holding = { parent: partOf(parent, { blocksParent: true }) }
  await expect(place.createRun(hand.commands, repository, holding)).rejects.toMatchObject({
    code: 'INVALID_TRANSITION',
  })
  const child = await place.createRun(hand.commands, repository, { parent: partOf(parent) })
  await place.reaches(child, 'failed')
})

test('a subtask that holds its task keeps it from being merged, and ending wakes it', async () => {
  const repository = await shop({ autoMerge: true, testCommand: 'true' })
  const parent = await place.createRun(hand.commands, repository, { held: true })
  const child = await place.createRun(hand.commands, repository, {
    parent: partOf(parent, { blocksParent: true }),
    held: true,
  })
  await hand.commands.runNow(parent, 'ann')
  await until('it waits for its subtask', async () => (await place.run(parent)).waitingOn === 'subtask')
  expect((await place.run(child)).state).toBe('pending')
  // The next look at it by itself is minutes away: what the subtask comes to has to wake it.
  await hand.commands.cancel(child, 'ann')
  expect((await place.reaches(parent, 'needs_attention')).attentionCode).toBe('subtask_failed')
  await hand.commands.retry(child, 'ann')
  await place.reaches(child, 'completed')
  await place.reaches(parent, 'completed')
})

test('a merge that was decided is not carried out over a subtask that holds the task since', async () => {
  const repository = await shop({ autoMerge: true, testCommand: 'true' })
  // Somebody has the subtask hold its task in the very moment in which the merge is decided.
  await place.rows(`
    create function hold() returns trigger language plpgsql as $$
    begin update runs set blocks_parent = true where parent_run_id = new.run_id; return new; end $$`)
  await place.rows(`
    create trigger hold after insert on effects for each row when (new.kind = 'merge') execute function hold()`)
  const parent = await place.createRun(hand.commands, repository, { held: true })
  const child = await place.createRun(hand.commands, repository, { held: true, parent: partOf(parent) })
  await hand.commands.runNow(parent, 'ann')
  const merge = await until('the merge came to something', async () => {
    const [found] = await place.rows<{ refusal: { code: string } | null }>(
      `select refusal from effects where run_id = $1 and kind = 'merge' and state = 'done'`,
      parent.runId,
    )
    return found
  })
  expect(merge.refusal?.code).toBe('subtasks_open')
  expect((await place.run(parent)).state).toBe('pr_opened')
  await place.rows('drop trigger hold on effects')
  await hand.commands.cancel(child, 'test')
})

test('a task that is held waits for a person and starts when it is told to', async () => {
  const repository = await shop()
  const run = await place.createRun(hand.commands, repository, { held: true })
  await hand.commands.wake(run.runId)
  await until('it says that it waits for a person', async () => (await place.run(run)).waitingOn === 'person')
  expect(await place.run(run)).toMatchObject({ state: 'pending', held: true })
  await hand.commands.runNow(run, 'ann')
  expect((await place.reaches(run, 'pr_opened')).held).toBe(false)
})

test('whether a subtask holds its task can be changed, but not into a circle', async () => {
  const repository = await shop({ agentCommand: ['sleep', '60'] })
  const parent = await place.createRun(hand.commands, repository, { held: true })
  const child = await place.createRun(hand.commands, repository, { held: true, parent: partOf(parent) })
  await hand.commands.edit(child, { blocksParent: true }, 'ann')
  expect((await place.run(child)).blocksParent).toBe(true)
  const waiting = await place.createRun(hand.commands, repository, {
    ...{ held: true, parent: partOf(parent), dependsOn: [parent.runId] },
  })
  const before = await place.run(parent)
  await expect(hand.commands.edit(waiting, { blocksParent: true }, 'ann')).rejects.toMatchObject({
    code: 'DEPENDENCY_CYCLE',
  })
  expect((await place.run(waiting)).blocksParent).toBe(false)
  expect((await place.run(parent)).version).toBe(before.version)
  await expect(hand.commands.edit(parent, { blocksParent: true }, 'ann')).rejects.toMatchObject({
    code: 'WRONG_TASK_TYPE',
  })
})

test('deleting a task stops and deletes its subtasks, and keeps what they had not saved', async () => {
  const repository = await shop({
    agentCommand: ['sh', '-c', `echo unsaved >work; touch "$HOME/made"; sleep 60`],
  })
  const parent = await place.createRun(hand.commands, repository)
  const child = await place.createRun(hand.commands, repository, { parent: partOf(parent) })
  const grandchild = await place.createRun(hand.commands, repository, { parent: partOf(child) })
  const step = hand.context.workspaces.paths(grandchild.runId).stepDir(1, 'agent')
  await until('it has begun its work', async () => {
    const { home } = hand.context.workspaces.paths(grandchild.runId)
    return await readFile(join(home, 'made'), 'utf8').then(
      () => true,
      () => false,
    )
  })
  await hand.commands.remove(parent, 'ann')
  const ids = [parent, child, grandchild].map(({ runId }) => runId)
  expect(await place.rows('select from runs where id = any($1)', ids)).toEqual([])
  expect((await hand.context.runtime.status(step)).state).not.toBe('running')
  const kept = join(
    place.directory,
    'data',
    'environments',
    '.kept',
    `${grandchild.runId}-1`,
    'clone',
    'work',
  )
  expect(await readFile(kept, 'utf8')).toBe('unsaved\n')
  const told = await place.rows<{ data: { deletedTaskId: string } }>(
    `select data from events where type = 'task:deleted'`,
  )
  expect(told.map(({ data }) => data.deletedTaskId)).toEqual(expect.arrayContaining(ids))
})

test('what is set aside goes when its time of grace is over, and its commits stay', async () => {
  const repository = await shop({ agentCommand: ['sh', '-c', `${COMMIT}; echo more >more; exit 1`] })
  const run = await place.createRun(hand.commands, repository)
  const { headSha } = await place.reaches(run, 'failed')
  await hand.commands.remove(run, 'ann')
  const { workspaces } = hand.context
  const kept = join(place.directory, 'data', 'environments', '.kept', `${run.runId}-1`, 'clone', 'more')
  await workspaces.removeKept({ before: new Date(Date.now() - 60_000) })
  expect(await readFile(kept, 'utf8')).toBe('more\n')
  await workspaces.removeKept({ before: new Date(Date.now() + 60_000) })
  await expect(readFile(kept)).rejects.toMatchObject({ code: 'ENOENT' })
  const mirror = workspaces.mirrorDir(repository.row.id)
  const refs = await repository.git.git('--git-dir', mirror, 'for-each-ref', `refs/optio/kept/${run.runId}`)
  expect(refs).toContain(headSha)
})

test('a task that was waited for and is deleted counts as cancelled', async () => {
  const repository = await shop({ agentCommand: ['sleep', '60'] })
  const first = await place.createRun(hand.commands, repository, { title: 'The first' })
  const second = await place.createRun(hand.commands, repository, { dependsOn: [first.runId] })
  await place.reaches(second, 'waiting_on_deps')
  await hand.commands.remove(first, 'ann')
  const failed = await place.reaches(second, 'failed')
  expect(failed.errorMessage).toContain('The first')
})

test('a task starts from a base that contains what it depends on, or its environment is at fault', async () => {
  const repository = await shop({ autoMerge: true, testCommand: 'true' })
  const { git } = repository.git
  const before = await git('rev-parse', 'main')
  const first = await place.createRun(hand.commands, repository)
  const second = await place.createRun(hand.commands, repository, { dependsOn: [first.runId], held: true })
  const done = await place.reaches(first, 'completed')
  const merged = await git('rev-parse', 'main')
  expect(done.observation?.mergedSha).toBe(merged)
  // As if what is read of the repository were older than the merge.
  await git('update-ref', 'refs/heads/main', before)
  await hand.commands.runNow(second, 'ann')
  const asked = await place.reaches(second, 'needs_attention')
  expect(asked.attentionCode).toBe('environment_failed')
  expect(asked.errorMessage).toContain(`main does not contain commit ${merged.slice(0, 10)}`)
  await git('update-ref', 'refs/heads/main', merged)
  await hand.commands.resume(second, { prompt: null }, 'ann')
  const { publishedSha } = await place.reaches(second, 'pr_opened', 'completed')
  await git('merge-base', '--is-ancestor', merged, publishedSha ?? '')
})

test('a task that waits for a run without a repository starts when that is completed', async () => {
  const definition = await saveDefinition(place, { agentCommand: ['sh', '-c', WAIT] })
  const job = await startDefinition(hand.commands, definition)
  const repository = await shop()
  const run = await place.createRun(hand.commands, repository, { dependsOn: [job.runId] })
  await place.reaches(job, 'running')
  expect((await place.run(run)).state).toBe('waiting_on_deps')
  await go(job)
  await place.reaches(run, 'pr_opened')
})

/** A task whose pull request a person has merged, while a subtask that holds it has not even begun. */
async function mergedBeforeItsSubtask(): Promise<{ parent: RunRef; child: RunRef }> {
  const repository = await shop()
  const parent = await place.createRun(hand.commands, repository)
  const { prNumber } = await place.reaches(parent, 'pr_opened')
  const child = await place.createRun(hand.commands, repository, {
    parent: partOf(parent, { blocksParent: true }),
    held: true,
  })
  const forge = hand.context.forge('local')
  const ref = repositoryRef(hand.context, repository.row)
  const { headSha, baseSha } = await forge.observe(ref, prNumber ?? 0)
  await forge.merge(ref, { number: prNumber ?? 0, headSha, baseSha, method: 'squash', actor: 'ann' })
  await hand.commands.wake(parent.runId)
  await until('it waits for its subtask', async () => (await place.run(parent)).waitingOn === 'subtask')
  return { parent, child }
}

test('no agent starts on a task that is merged and only waits for a subtask, although a person queued it', async () => {
  const { parent, child } = await mergedBeforeItsSubtask()
  await hand.commands.forceRestart(parent, { prompt: null }, 'ann')
  await until('it waits for its subtask again', async () => {
    const { state, waitingOn } = await place.run(parent)
    return state === 'queued' && waitingOn === 'subtask'
  })
  const attempts = await place.rows('select from attempts where run_id = $1', parent.runId)
  expect(attempts).toHaveLength(1)
  // Nor is it something that a turn would look for again and again.
  const nobody = { id: randomUUID(), hostId: hand.context.config.hostId }
  expect((await glance(hand.context, nobody, [])).claimable).toBe(false)
  await hand.commands.cancel(child, 'ann')
  await place.reaches(parent, 'completed')
})

test('a merged task that is cancelled while subtasks hold it is completed, and takes them along', async () => {
  const { parent, child } = await mergedBeforeItsSubtask()
  await hand.commands.cancel(parent, 'ann')
  await place.reaches(parent, 'completed')
  await place.reaches(child, 'cancelled')
})

test('a task that ends in the moment in which it is deleted is deleted', async () => {
  const repository = await shop()
  const run = await place.createRun(hand.commands, repository, { held: true })
  const other = await place.database.pool.connect()
  try {
    await other.query('begin')
    await other.query(`update runs set state = 'cancelled', version = version + 1 where id = $1`, [run.runId])
    const removed = hand.commands.remove(run, 'ann')
    await place.blocked()
    await other.query('commit')
    await removed
  } finally {
    other.release()
  }
  expect(await place.rows('select from runs where id = $1', run.runId)).toEqual([])
})
