import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { REVIEW_AUTHOR } from '@optio/core'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullRequestReviews, repositories } from '../../src/database/schema/index.ts'
import type { RunRef } from '../../src/engine/engine.ts'
import { repositoryRef } from '../../src/engine/observe.ts'
import {
  type ConnectedRepository,
  EnginePlace,
  type Hand,
  type RunRow,
  until,
} from './support/engine-place.ts'

/** One program for both: where there is no branch to commit to, it reviews, misbehaves, and ends with these words. */
const AGENT = (words: string) => [
  'sh',
  '-c',
  `git symbolic-ref -q HEAD >/dev/null && { echo "$OPTIO_ATTEMPT" >>answer && git add answer && git commit -qm Answer && exit 0; }
   git log -1 --format=%H; test ! -e left || echo dirty; touch left
   git push -q origin HEAD:refs/heads/evil 2>/dev/null && echo pushed
   echo x >>README.md; git commit -qam Evil
   printf '%s\\n' '${words.trim()}'`,
]

const verdict = (kind: string, words: string, comments: object[] = []) =>
  said(`Well.\n\n\`\`\`json\n${JSON.stringify({ verdict: kind, summary: words, comments })}\n\`\`\`\n`)
const said = (summary: string) => `${JSON.stringify({ type: 'result', summary })}\n`

let place: EnginePlace
let hand: Hand

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start()
})
afterAll(() => place.close())

interface Shop extends ConnectedRepository {
  /** What the reviewer says from now on. */
  says(line: string): Promise<void>
}

async function shop(settings: Parameters<EnginePlace['repository']>[0] = {}): Promise<Shop> {
  const agentCommand = AGENT(verdict('approve', 'Good.'))
  const connected = await place.repository({ agentCommand, ...settings })
  return {
    ...connected,
    async says(line) {
      await place.database.orm
        .update(repositories)
        .set({ agentCommand: AGENT(line) })
        .where(eq(repositories.id, connected.row.id))
    },
  }
}

const reviewsOf = (parent: RunRef) =>
  place.rows<RunRow & { id: string; review_head_sha: string }>(
    `select * from runs where parent_run_id = $1 and kind = 'review' order by created_at, id`,
    parent.runId,
  )

async function firstReview(parent: RunRef): Promise<RunRef> {
  const review = await until('there is a review', async () => (await reviewsOf(parent))[0])
  return { workspaceId: parent.workspaceId, runId: review.id }
}

const lines = async (runId: string) =>
  (await place.rows<{ content: string }>('select content from log_entries where run_id = $1', runId)).map(
    ({ content }) => content,
  )

const posted = async ({ row }: ConnectedRepository) =>
  (await place.database.orm.select().from(pullRequestReviews)).filter(
    ({ repositoryId }) => repositoryId === row.id,
  )

test('a review that policy starts reads the head, is shown on the pull request, and lets it merge', async () => {
  const repository = await shop({ reviewEnabled: true, reviewTrigger: 'on_pr', autoMerge: true })
  await repository.says(verdict('approve', 'Fine work.', [{ path: 'answer', line: 1, body: 'Nice.' }]))
  const run = await place.createRun(hand.commands, repository)
  const done = await place.reaches(run, 'completed')
  const [review, ...more] = await reviewsOf(run)
  expect(more).toEqual([])
  const row = await place.run({ runId: review?.id ?? '' })
  expect(row).toMatchObject({
    ...{ state: 'completed', kind: 'review', taskType: 'review', blocksParent: false, branch: null },
    ...{ title: 'Review: A task', reviewHeadSha: done.publishedSha, prNumber: done.prNumber },
    verdict: { verdict: 'approve', summary: 'Fine work.' },
  })
  expect(await lines(row.id)).toContain(done.publishedSha)
  const [shown, ...others] = await posted(repository)
  expect(others).toEqual([])
  expect(shown).toMatchObject({
    ...{ author: REVIEW_AUTHOR, state: 'approved', headSha: done.publishedSha },
    comments: [{ path: 'answer', line: 1, body: 'Nice.' }],
  })
  expect(shown?.body).toMatch(/^Fine work\./)
  const told = await place.rows<{ type: string; data: { reviewTaskId?: string } }>(
    `select type, data from events where run_id = $1 and type = 'task:review_started'`,
    run.runId,
  )
  expect(told).toMatchObject([{ data: { reviewTaskId: row.id } }])
})

test('a reviewer cannot push, and nothing it commits is collected', async () => {
  const repository = await shop({ reviewEnabled: true, reviewTrigger: 'on_pr' })
  const run = await place.createRun(hand.commands, repository)
  const review = await firstReview(run)
  const row = await place.reaches(review, 'completed')
  expect(await lines(review.runId)).not.toContain('pushed')
  expect(row).toMatchObject({ headSha: null, publishedSha: null })
  const mirror = hand.context.workspaces.mirrorDir(repository.row.id)
  for (const directory of [repository.git.path, mirror]) {
    expect(await repository.git.git('-C', directory, 'for-each-ref', '--format=%(refname)')).not.toContain(
      'evil',
    )
  }
  expect(await hand.context.workspaces.holdsUnsavedWork(review.runId)).toBe(false)
})

test('requested changes send the agent back, and the new head is reviewed anew', async () => {
  const repository = await shop({ reviewEnabled: true, reviewTrigger: 'on_pr' })
  await repository.says(verdict('request_changes', 'Not like this.'))
  const run = await place.createRun(hand.commands, repository)
  const review = await firstReview(run)
  await place.reaches(review, 'completed')
  await repository.says(verdict('approve', 'Better.'))
  await until('the second review ended', async () => (await reviewsOf(run))[1]?.state === 'completed')
  const [first, second] = await reviewsOf(run)
  expect(first?.review_head_sha).not.toBe(second?.review_head_sha)
  const [sent] = await place.rows<{
    reason: string
    context: { reviews: { author: string; body: string }[] }
  }>('select reason, context from attempts where run_id = $1 and number = 2', run.runId)
  expect(sent).toMatchObject({ reason: 'review', context: { reviews: [{ author: REVIEW_AUTHOR }] } })
  expect(sent?.context.reviews[0]?.body).toContain('Not like this.')
  expect((await posted(repository)).map(({ state }) => state)).toEqual(['changes_requested', 'approved'])
})

test('a reviewer that crashes, or says no verdict, has approved nothing', async () => {
  const repository = await shop({ reviewEnabled: true, reviewTrigger: 'on_pr', autoMerge: true })
  await repository.says(said('I am sure it is good. {"verdict":"approve"}'))
  const run = await place.createRun(hand.commands, repository)
  const asked = await place.reaches(run, 'needs_attention')
  expect(asked.attentionCode).toBe('review_failed')
  const review = await place.run(await firstReview(run))
  expect(review).toMatchObject({ state: 'failed', verdict: null })
  expect(review.retryCount).toBeGreaterThan(0)
  expect(await posted(repository)).toEqual([])
})

test('each attempt of a review reads a clean checkout', async () => {
  const repository = await shop({ reviewEnabled: true, reviewTrigger: 'on_pr' })
  await repository.says(said('Hm.'))
  const run = await place.createRun(hand.commands, repository)
  const review = await firstReview(run)
  const { retryCount, reviewHeadSha } = await place.reaches(review, 'failed')
  const log = await lines(review.runId)
  expect(log.filter((line) => line === reviewHeadSha)).toHaveLength(retryCount + 1)
  expect(log).not.toContain('dirty')
})

test('a person has the pull request reviewed, with words, agent and model of their own; twice at once is one review', async () => {
  const repository = await shop({ reviewAgentType: 'claude-code', reviewModel: 'opus' })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'pr_opened')
  const request = { prompt: 'Look at the names.', agentType: 'command', model: 'tiny' }
  const answers = await Promise.all(
    Array.from({ length: 3 }, () => hand.commands.startReview(run, request, 'ann')),
  )
  const [first] = answers
  expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1)
  const row = await place.reaches({ runId: first?.runId ?? '' }, 'completed')
  expect(row).toMatchObject({
    agentType: 'command',
    model: 'tiny',
    prompt: 'Look at the names.',
    createdBy: 'ann',
  })
  expect((await posted(repository)).map(({ state }) => state)).toEqual(['approved'])
  const again = await hand.commands.startReview(run, request, 'ann')
  expect(again.runId).not.toBe(first?.runId)
  await place.reaches({ runId: again.runId }, 'completed')
})

test('a review is refused in words where there is nothing open to be reviewed', async () => {
  const repository = await shop({ agentCommand: ['sh', '-c', 'sleep 60'] })
  const nothing = { prompt: null, agentType: null, model: null }
  const run = await place.createRun(hand.commands, repository)
  await expect(hand.commands.startReview(run, nothing, 'ann')).rejects.toMatchObject({
    code: 'PULL_REQUEST_NOT_FOUND',
  })
  await hand.commands.cancel(run, 'ann')

  const other = await shop()
  const done = await place.createRun(hand.commands, other)
  const { prNumber } = await place.reaches(done, 'pr_opened')
  const unknown = { ...nothing, agentType: 'nobody' }
  await expect(hand.commands.startReview(done, unknown, 'ann')).rejects.toMatchObject({
    code: 'AGENT_NOT_AVAILABLE',
  })
  const review = await hand.commands.startReview(done, nothing, 'ann')
  const ref = { ...done, runId: review.runId }
  await expect(hand.commands.startReview(ref, nothing, 'ann')).rejects.toMatchObject({
    code: 'WRONG_TASK_TYPE',
  })
  await place.reaches(ref, 'completed')
  await hand.context.forge('local').close(repositoryRef(hand.context, other.row), prNumber ?? 0, 'ann')
  await expect(hand.commands.startReview(done, nothing, 'ann')).rejects.toMatchObject({
    code: 'PULL_REQUEST_NOT_OPEN',
  })
})

/** A reviewer that waits for the file `go` in its home directory. */
const SLOW = [
  'sh',
  '-c',
  `git symbolic-ref -q HEAD >/dev/null && { echo x >answer && git add answer && git commit -qm Answer && exit 0; }
   while [ ! -e "$HOME/go" ]; do sleep 0.05; done; printf '%s' '${verdict('approve', 'Good.').trim()}'`,
]

test('an unfinished review that a person asked for holds the automatic merge', async () => {
  const repository = await place.repository({ agentCommand: SLOW, testCommand: 'true' })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'pr_opened')
  const { runId } = await hand.commands.startReview(
    run,
    { prompt: null, agentType: null, model: null },
    'ann',
  )
  await place.rows('update repositories set auto_merge = true where id = $1', repository.row.id)
  await place.reaches({ runId }, 'running')
  await until('it waits for the review', async () => {
    await hand.commands.wake(run.runId)
    const { waitingOn, explanation } = await place.run(run)
    return waitingOn === 'review' && explanation !== null
  })
  expect((await place.run(run)).state).toBe('pr_opened')
  await writeFile(join(hand.context.workspaces.paths(runId).home, 'go'), '')
  await place.reaches(run, 'completed')
})

test('a verdict is shown for the commit it was about, although the head has moved on', async () => {
  const repository = await place.repository({ agentCommand: SLOW })
  const run = await place.createRun(hand.commands, repository)
  const { branch, publishedSha } = await place.reaches(run, 'pr_opened')
  const { runId } = await hand.commands.startReview(
    run,
    { prompt: null, agentType: null, model: null },
    'ann',
  )
  await place.reaches({ runId }, 'running')
  const { git } = repository.git
  await git('checkout', '-q', branch ?? '')
  await git('commit', '-q', '--allow-empty', '-m', 'By a person')
  await git('checkout', '-q', 'main')
  await writeFile(join(hand.context.workspaces.paths(runId).home, 'go'), '')
  await place.reaches({ runId }, 'completed')
  expect(await posted(repository)).toMatchObject([{ headSha: publishedSha }])
})

test('a review whose task ends is cancelled, and its agent is gone', async () => {
  const repository = await place.repository({ agentCommand: SLOW })
  const run = await place.createRun(hand.commands, repository)
  const { prNumber } = await place.reaches(run, 'pr_opened')
  const { runId } = await hand.commands.startReview(
    run,
    { prompt: null, agentType: null, model: null },
    'ann',
  )
  await place.reaches({ runId }, 'running')
  await hand.context.forge('local').close(repositoryRef(hand.context, repository.row), prNumber ?? 0, 'ann')
  await hand.commands.wake(run.runId)
  await place.reaches(run, 'failed')
  await place.reaches({ runId }, 'cancelled')
  const step = hand.context.workspaces.paths(runId).stepDir(1, 'agent')
  expect((await hand.context.runtime.status(step)).state).toBe('exited')
  await expect(hand.commands.retry({ ...run, runId }, 'ann')).rejects.toMatchObject({
    code: 'PULL_REQUEST_NOT_OPEN',
  })
  for (const command of [hand.commands.forceRedo, forceRestart]) {
    await expect(command({ ...run, runId }, 'ann')).rejects.toMatchObject({ code: 'WRONG_TASK_TYPE' })
  }
})

const forceRestart = (ref: RunRef, actor: string) => hand.commands.forceRestart(ref, { prompt: null }, actor)

test('a verdict whose posting was not recorded is not posted twice', async () => {
  const repository = await shop()
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'pr_opened')
  // As a full disk does: what was done cannot be stored, nor that it could not.
  // Told by a sequence, which what fails after it does not take back.
  await place.rows('create sequence refusals')
  await place.rows(`
    create function not_stored() returns trigger language plpgsql as $$
    begin
      perform nextval('refusals');
      raise exception 'could not extend file' using errcode = '53100';
    end $$`)
  await place.rows(`
    create trigger not_stored before update on effects for each row
    when (old.state = 'executing' and old.kind = 'post_review') execute function not_stored()`)
  const { runId } = await hand.commands.startReview(
    run,
    { prompt: null, agentType: null, model: null },
    'ann',
  )
  await until('it was posted, and that was not stored', async () => {
    const [told] = await place.rows<{ is_called: boolean }>('select is_called from refusals')
    return told?.is_called === true && (await posted(repository)).length > 0
  })
  await place.rows('drop trigger not_stored on effects')
  await place.reaches({ runId }, 'completed')
  expect(await posted(repository)).toHaveLength(1)
  const [effect] = await place.rows<{ tries: number }>(
    `select tries from effects where run_id = $1 and kind = 'post_review'`,
    runId,
  )
  expect(effect?.tries).toBeGreaterThan(1)
})

const NOTHING_SAID = { prompt: null, agentType: null, model: null }

test('a review of a pull request that was closed says nothing of the one that is opened for the same commit', async () => {
  const repository = await shop({ reviewEnabled: true, reviewTrigger: 'on_pr', maxReviewRounds: 1 })
  const [shell = '', flag = '', script = ''] = AGENT(verdict('approve', 'Good.'))
  // Its second attempt has nothing to add, so the head stays what it was.
  const agentCommand = [shell, flag, `test "$OPTIO_REASON" = retry && exit 0; ${script}`]
  await place.database.orm
    .update(repositories)
    .set({ agentCommand })
    .where(eq(repositories.id, repository.row.id))
  const run = await place.createRun(hand.commands, repository)
  const first = await place.reaches(await firstReview(run), 'completed')
  await hand.context
    .forge('local')
    .close(repositoryRef(hand.context, repository.row), first.prNumber ?? 0, 'ann')
  await hand.commands.wake(run.runId)
  await place.reaches(run, 'failed')
  await hand.commands.retry(run, 'ann')
  const second = await until('it is reviewed anew', async () => (await reviewsOf(run))[1])
  const again = await place.reaches({ runId: second.id }, 'completed')
  expect(again).toMatchObject({ reviewHeadSha: first.reviewHeadSha, verdict: { verdict: 'approve' } })
  expect(again.prNumber).not.toBe(first.prNumber)
  expect((await place.run(run)).prNumber).toBe(again.prNumber)
})

test('a verdict that could not be shown is none', async () => {
  const repository = await place.repository({ agentCommand: SLOW })
  const run = await place.createRun(hand.commands, repository)
  const { prNumber } = await place.reaches(run, 'pr_opened')
  const review = await hand.commands.startReview(run, NOTHING_SAID, 'ann')
  await place.reaches(review, 'running')
  // Its task has ended in some way that left the pull request open, so nobody tells the review that it is closed.
  await place.rows(`update runs set state = 'failed', version = version + 1 where id = $1`, run.runId)
  await hand.context.forge('local').close(repositoryRef(hand.context, repository.row), prNumber ?? 0, 'ann')
  await writeFile(join(hand.context.workspaces.paths(review.runId).home, 'go'), '')
  const done = await place.reaches(review, 'completed')
  expect(done).toMatchObject({ verdict: null, explanation: { reason: 'not_posted' } })
  expect(await posted(repository)).toEqual([])
})

test('a review of a commit that was pushed over needs nobody: it ends, and says why it was not posted', async () => {
  const forge = hand.context.forge('local')
  const gone = 'The commit is not part of the pull request any more.'
  const { engine, commands } = await place.start({}, (context) => ({
    ...context,
    forge: () => ({ ...forge, review: () => Promise.reject(new OptioError('CONFLICT', gone)) }),
  }))
  await hand.engine.stop()
  const repository = await shop({})
  const run = await place.createRun(commands, repository)
  await place.reaches(run, 'pr_opened')
  const review = await commands.startReview(run, NOTHING_SAID, 'ann')
  const done = await place.reaches(review, 'completed', 'needs_attention')
  expect(done).toMatchObject({ state: 'completed', verdict: null, explanation: { reason: 'not_posted' } })
  expect(done.explanation?.summary).toContain(gone)
  await engine.stop()
  hand = await place.start()
})

test('a task that is done again from scratch ends the review of what it did before', async () => {
  const repository = await place.repository({ agentCommand: SLOW })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'pr_opened')
  const review = await hand.commands.startReview(run, NOTHING_SAID, 'ann')
  await place.reaches(review, 'running')
  await hand.commands.forceRedo(run, 'ann')
  await place.reaches(review, 'cancelled')
  await place.reaches(run, 'pr_opened')
})

test('a review is not made of a pull request that its task gave up in that moment', async () => {
  const repository = await place.repository({ agentCommand: SLOW })
  const run = await place.createRun(hand.commands, repository)
  await place.reaches(run, 'pr_opened')
  const other = await place.database.pool.connect()
  try {
    await other.query('begin')
    await other.query('update runs set pr_number = null, version = version + 1 where id = $1', [run.runId])
    const started = hand.commands.startReview(run, NOTHING_SAID, 'ann').catch((error: unknown) => error)
    await place.blocked()
    await other.query('commit')
    expect(await started).toMatchObject({ code: 'PULL_REQUEST_NOT_OPEN' })
  } finally {
    other.release()
  }
  expect(await reviewsOf(run)).toEqual([])
})
