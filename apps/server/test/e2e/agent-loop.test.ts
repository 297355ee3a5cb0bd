import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseUsd } from '@optio/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attemptsOf, awaitWords, detailOf, historyOf, readLog } from './support/facts.ts'
import { Place } from './support/place.ts'
import { processesAbout } from './support/processes.ts'
import { commitFiles, git } from './support/repository.ts'
import { readJournal } from './support/scripted.ts'
import { until } from './support/until.ts'
import { change, Workshop } from './support/workshop.ts'

const CHECK = { testCommand: 'grep -q right answer || { echo "the answer is wrong"; exit 1; }' }

/** The tests wait for the engine's own looks at the world, most of the time all at once. */
describe.concurrent('the loop from a task to a merged pull request', { timeout: 180_000 }, () => {
  let place: Place

  beforeAll(async () => {
    place = await Place.make({ OPTIO_MAX_CONCURRENT: '8' })
    await place.start()
  })
  afterAll(async () => {
    await place?.close()
  })

  const reasons = async (id: string) =>
    (await attemptsOf(place.client, id)).map(({ reason, state }) => `${reason} ${state}`)
  const processesOf = (id: string) => processesAbout(join(place.dataDir, 'environments', id))

  test('an agent whose reported cost reaches the budget is stopped, and the run needs attention', async () => {
    const shop = await Workshop.open(place)
    const task = await shop.task(
      {
        first: [
          ['usage', '0.4'],
          ['sleep', 400],
          ['usage', '0.4'],
          ['sleep', 400],
          ['usage', '0.2000001', 7, 3],
          ['sleep', 60_000],
        ],
      },
      { budgetUsd: '1' },
    )
    const stopped = await shop.reaches(task, 'needs_attention')
    expect(parseUsd(stopped.costUsd)).toBe(parseUsd('1.0000001'))
    expect(stopped.errorMessage).toMatch(/budget of \$1/)
    expect(await reasons(task.id)).toEqual(['first stopped'])
    expect(processesOf(task.id)).toEqual([])
  })

  test('an agent is stopped at maxAttemptMs, by its supervisor, and the run needs attention', async () => {
    const shop = await Workshop.open(place, { maxAttemptMs: 1_500 })
    const task = await shop.task({
      first: [
        ['write', 'kept', 'work\n'],
        ['sleep', 60_000],
      ],
    })
    const stopped = await shop.reaches(task, 'needs_attention')
    expect(stopped.errorMessage).toMatch(/time limit/)
    expect(await reasons(task.id)).toEqual(['first stopped'])
    expect(await readFile(join(place.clone(task.id), 'kept'), 'utf8')).toBe('work\n')
    expect(processesOf(task.id)).toEqual([])
  })

  test('a silent agent is shown as stalled and left alone', async () => {
    const shop = await Workshop.open(place, { stallThresholdMs: 500 })
    const task = await shop.task({ first: [['say', 'I think'], ['sleep', 4_000], ...change()] })
    const stalled = await until('it is shown as stalled', async () => {
      const { stallInfo } = await detailOf(place.client, task.id)
      return stallInfo?.isStalled && stallInfo.lastLogSummary === 'I think' ? stallInfo : null
    })
    expect(stalled.thresholdMs).toBe(500)
    expect(stalled.silentForMs).toBeGreaterThanOrEqual(500)
    await shop.reaches(task, 'pr_opened')
    expect(await reasons(task.id)).toEqual(['first succeeded'])
  })

  test('without a testCommand the merge waits for an approval, which merges exactly that head', async () => {
    const shop = await Workshop.open(place, { autoMerge: true })
    const task = await shop.task({ first: change() })
    await shop.reaches(task, 'pr_opened')
    await awaitWords(place.client, task.id, /approv/i)
    const before = await git(shop.path, 'rev-parse', 'main')
    const { head } = await shop.pullRequest(task)
    await shop.review(task, 'approved')
    const merged = await shop.reaches(task, 'completed')
    expect(merged).toMatchObject({ prState: 'merged', headSha: head.sha })
    expect(await git(shop.path, 'rev-parse', 'main^')).toBe(before)
    expect(await git(shop.path, 'show', 'main:answer')).toBe('right')
    expect(await readFile(join(shop.path, 'answer'), 'utf8')).toBe('right\n')
    expect(await git(shop.path, 'status', '--porcelain')).toBe('')
  })

  test('an agent whose checks fail is sent back with the failing log, in the same session', async () => {
    const shop = await Workshop.open(place, { ...CHECK, autoMerge: true })
    const task = await shop.task({
      first: [['session', 'one'], ...change('answer', 'wrong\n')],
      ci_failed: [['told', 'the answer is wrong'], ['sh', 'echo "session $OPTIO_SESSION_ID"'], ...change()],
    })
    await shop.reaches(task, 'completed')
    expect(await reasons(task.id)).toEqual(['first succeeded', 'ci_failed succeeded'])
    expect((await readLog(place.client, task.id)).map(({ content }) => content)).toContain('session one')
  })

  test('checks that keep failing end in needs_attention after maxAutoResumes', async () => {
    const shop = await Workshop.open(place, { ...CHECK, autoMerge: true, maxAutoResumes: 1 })
    const task = await shop.task({
      first: change('answer', 'wrong\n'),
      ci_failed: change('answer', 'wrong again\n'),
    })
    const stuck = await shop.reaches(task, 'needs_attention')
    expect(stuck).toMatchObject({ prChecksStatus: 'failing', prState: 'open' })
    expect(stuck.errorMessage).toMatch(/sent back 1 times/)
    // A person mends it on the branch by hand: nobody has to resume anything.
    const branch = stuck.branch ?? ''
    await git(shop.path, 'branch', 'mine', branch)
    await git(shop.path, 'worktree', 'add', '--quiet', `${shop.path}-mine`, 'mine')
    await commitFiles(`${shop.path}-mine`, 'By hand', { answer: 'right\n' })
    await git(shop.path, 'branch', '--force', branch, 'mine')
    await shop.reaches(task, 'completed')
    expect(await git(shop.path, 'show', 'main:answer')).toBe('right')
  })

  test('an agent is sent back with what a reviewer wants; the change request blocks until it is lifted', async () => {
    const shop = await Workshop.open(place, { ...CHECK, autoMerge: true })
    const task = await shop.task({
      first: [['sleep', 300], ...change('answer', 'wrong\n')],
      ci_failed: [['sleep', 2_000], ...change()],
      review: [['told', 'name it better'], ...change('name', 'better\n')],
    })
    await shop.reaches(task, 'pr_opened')
    await shop.review(task, 'changes_requested', 'Please name it better.')
    await until(
      'the agent has answered the review',
      async () => (await reasons(task.id)).includes('review succeeded'),
      {
        withinMs: 60_000,
      },
    )
    await shop.reaches(task, 'pr_opened')
    await awaitWords(place.client, task.id, /changes/i)
    expect((await detailOf(place.client, task.id)).task.prReviewStatus).toBe('changes_requested')
    await shop.review(task, 'approved')
    await shop.reaches(task, 'completed')
    expect(await git(shop.path, 'show', 'main:name')).toBe('better')
  })

  test('an agent whose branch conflicts with the base is sent back to rebase', async () => {
    const shop = await Workshop.open(place, { autoMerge: true }, { answer: 'open\n' })
    const task = await shop.task({
      first: change(),
      conflict: [
        ['told', 'answer'],
        ['git', 'rebase', '--quiet', '-X', 'theirs', 'origin/main'],
      ],
    })
    await shop.reaches(task, 'pr_opened')
    await commitFiles(shop.path, 'By a person', { answer: 'mine\n' })
    await until(
      'the agent has rebased',
      async () => (await reasons(task.id)).includes('conflict succeeded'),
      {
        withinMs: 60_000,
      },
    )
    await shop.reaches(task, 'pr_opened')
    await shop.review(task, 'approved')
    await shop.reaches(task, 'completed')
    expect(await git(shop.path, 'show', 'main:answer')).toBe('right')
    expect(await git(shop.path, 'log', '--format=%s', 'main')).toContain('By a person')
  })

  test('a dirty checkout of the base branch delays the merge in words and is never touched', async () => {
    const shop = await Workshop.open(place, { ...CHECK, autoMerge: true })
    await writeFile(join(shop.path, 'README.md'), 'I am working on this\n')
    const before = await git(shop.path, 'rev-parse', 'main')
    const task = await shop.task({ first: change() })
    await shop.reaches(task, 'pr_opened')
    const words = await awaitWords(place.client, task.id, /not committed/)
    expect(words).toContain(shop.path)
    expect(await readFile(join(shop.path, 'README.md'), 'utf8')).toBe('I am working on this\n')
    expect(await git(shop.path, 'rev-parse', 'main')).toBe(before)
    expect(await git(shop.path, 'status', '--porcelain')).toBe('M README.md')
    await git(shop.path, 'checkout', '--quiet', 'README.md')
    await shop.reaches(task, 'completed')
    expect(await readFile(join(shop.path, 'answer'), 'utf8')).toBe('right\n')
    expect(await git(shop.path, 'status', '--porcelain')).toBe('')
  })

  test('a person who merges by hand completes a run that waits for approval', async () => {
    const shop = await Workshop.open(place, { autoMerge: true })
    const task = await shop.task({ first: change() })
    const { branch } = await shop.reaches(task, 'pr_opened')
    await git(shop.path, 'merge', '--quiet', '--no-ff', '-m', 'By hand', branch ?? '')
    expect(await shop.reaches(task, 'completed')).toMatchObject({ prState: 'merged' })
  })

  test('a person who merges by hand completes a run that needs attention', async () => {
    const shop = await Workshop.open(place, { ...CHECK, autoResume: false })
    const task = await shop.task({ first: change('answer', 'wrong\n') })
    const { branch } = await shop.reaches(task, 'needs_attention')
    await git(shop.path, 'merge', '--quiet', '--ff-only', branch ?? '')
    expect(await shop.reaches(task, 'completed')).toMatchObject({ prState: 'merged' })
  })

  test('a person who merges by hand while the agent works again has it stopped, and the run completes', async () => {
    const shop = await Workshop.open(place, CHECK)
    const task = await shop.task({ first: change('answer', 'wrong\n'), ci_failed: [['sleep', 60_000]] })
    await until('the agent works again', async () => (await reasons(task.id)).includes('ci_failed running'))
    const { branch } = (await detailOf(place.client, task.id)).task
    await git(shop.path, 'merge', '--quiet', '--ff-only', branch ?? '')
    expect(await shop.reaches(task, 'completed')).toMatchObject({ prState: 'merged' })
    expect(await reasons(task.id)).toEqual(['first succeeded', 'ci_failed stopped'])
    expect(processesOf(task.id)).toEqual([])
  })

  test('a pull request that is closed while the agent works again has it stopped, and the run fails; retry opens a new one', async () => {
    const shop = await Workshop.open(place, CHECK)
    const task = await shop.task({
      first: change('answer', 'wrong\n'),
      ci_failed: [['sleep', 60_000]],
      retry: change(),
    })
    await until('the agent works again', async () => (await reasons(task.id)).includes('ci_failed running'))
    const answer = await place.client.pullRequests.close({ params: { id: task.id } })
    expect(answer.pullRequest.state).toBe('closed')
    const failed = await shop.reaches(task, 'failed')
    expect(failed.errorMessage).toMatch(/closed without a merge/)
    expect(processesOf(task.id)).toEqual([])
    await place.client.tasks.retry({ params: { id: task.id } })
    const again = await shop.reaches(task, 'pr_opened')
    expect(again.prNumber).not.toBe(failed.prNumber)
  })

  test('a pull request merged through the API completes the run', async () => {
    const shop = await Workshop.open(place)
    const task = await shop.task({ first: change() })
    await shop.reaches(task, 'pr_opened')
    const { pullRequest } = await place.client.pullRequests.merge({
      params: { id: task.id },
      body: { method: 'merge', force: true },
    })
    expect(pullRequest).toMatchObject({ state: 'merged' })
    expect(await git(shop.path, 'rev-parse', 'main')).toBe(pullRequest.mergedSha)
    await shop.reaches(task, 'completed')
  })

  test('an agent that commits nothing needs attention, and resumes with what a person says', async () => {
    const shop = await Workshop.open(place)
    const task = await shop.task({
      first: [['say', 'Done.']],
      resume: [['told', 'be bold'], ...change()],
    })
    const idle = await shop.reaches(task, 'needs_attention')
    expect(idle.errorMessage).toMatch(/without committing/)
    await place.client.tasks.resume({ params: { id: task.id }, body: { prompt: 'Please be bold.' } })
    await shop.reaches(task, 'pr_opened')
    expect(await reasons(task.id)).toEqual(['first succeeded', 'resume succeeded'])
  })

  test('an agent that leaves uncommitted files is asked once to commit, then a person is', async () => {
    const shop = await Workshop.open(place)
    const good = await shop.task({ first: [['write', 'answer', 'right\n']], resume: [['commit', 'At last']] })
    const stubborn = await shop.task({ any: [['write', 'answer', 'right\n']] })
    await shop.reaches(good, 'pr_opened')
    const stuck = await shop.reaches(stubborn, 'needs_attention')
    expect(stuck.errorMessage).toMatch(/answer/)
    expect(await reasons(stubborn.id)).toEqual(['first succeeded', 'resume succeeded'])
    expect(await readFile(join(place.clone(stubborn.id), 'answer'), 'utf8')).toBe('right\n')
  })

  test('an agent that fails is tried again maxRetries times, with its work kept, then the run has failed', async () => {
    const shop = await Workshop.open(place)
    const task = await shop.task(
      {
        first: [
          ['write', 'half', 'a\n'],
          ['exit', 3],
        ],
        retry: [
          ['sh', 'test -f half'],
          ['exit', 4],
        ],
      },
      { maxRetries: 2 },
    )
    const failed = await shop.reaches(task, 'failed')
    const attempts = await attemptsOf(place.client, task.id)
    expect(attempts.map(({ reason, exitCode }) => [reason, exitCode])).toEqual([
      ['first', 3],
      ['retry', 4],
      ['retry', 4],
    ])
    expect(failed).toMatchObject({ retryCount: 2, errorCategory: 'agent' })
    const starts = (await readJournal(place.home(task.id)))
      .filter(({ what }) => what === 'start')
      .map(({ at }) => at)
    const [first = 0, second = 0, third = 0] = starts
    expect(second - first).toBeGreaterThanOrEqual(200)
    expect(third - second).toBeGreaterThanOrEqual(400)
  })

  test('setup commands that fail are tried again and then a person is asked, with their output', async () => {
    const shop = await Workshop.open(place, { setupCommands: 'echo "no such package"; exit 7' })
    const task = await shop.task({ first: change() })
    const stuck = await shop.reaches(task, 'needs_attention')
    expect(stuck.errorMessage).toMatch(/exit code 7.*no such package/s)
    expect(stuck.retryCount).toBe(0)
    await place.client.repos.edit({
      params: { id: shop.repo.id },
      body: { setupCommands: 'echo prepared > .prepared; echo .prepared >> .git/info/exclude' },
    })
    await place.client.tasks.resume({ params: { id: task.id } })
    await shop.reaches(task, 'needs_attention', 2_000).catch(() => undefined)
    await until('its agent has run', async () =>
      (await reasons(task.id)).some((each) => each.endsWith(' succeeded')),
    )
    expect(await readFile(join(place.clone(task.id), '.prepared'), 'utf8')).toBe('prepared\n')
  })

  test('a task that depends on another starts when that one is completed', async () => {
    const shop = await Workshop.open(place, { ...CHECK, autoMerge: true })
    const before = await shop.task({ first: [['sleep', 500], ...change()] })
    const after = await shop.task(
      { first: [['sh', 'grep -q right answer'], ...change('more', 'x\n')] },
      { dependsOn: [before.id] },
    )
    expect(after.state).toBe('waiting_on_deps')
    await shop.reaches(after, 'completed')
    const [first, second] = [await detailOf(place.client, before.id), await detailOf(place.client, after.id)]
    expect(Date.parse(second.task.startedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(first.task.completedAt ?? ''),
    )
  })

  test('force-redo closes the pull request, keeps log and cost, and starts on a fresh branch', async () => {
    const shop = await Workshop.open(place)
    const task = await shop.task({ any: [['usage', '0.5'], ['sh', 'test ! -e answer'], ...change()] })
    const first = await shop.reaches(task, 'pr_opened')
    await place.client.tasks.forceRedo({ params: { id: task.id } })
    const second = await until('a second pull request', async () => {
      const { task: now } = await detailOf(place.client, task.id)
      return now.state === 'pr_opened' && now.prNumber !== first.prNumber ? now : null
    })
    expect(second.branch).not.toBe(first.branch)
    expect(parseUsd(second.costUsd)).toBe(parseUsd('1'))
    expect(await reasons(task.id)).toEqual(['first succeeded', 'first succeeded'])
    const log = await readLog(place.client, task.id)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1))
    expect(new Set(log.map(({ attempt }) => attempt))).toEqual(new Set([1, 2]))
  })

  test('every change of state is in the history, with its reason', async () => {
    const shop = await Workshop.open(place, { ...CHECK, autoMerge: true })
    const task = await shop.task({ first: change() })
    await shop.reaches(task, 'completed')
    const history = (await historyOf(place.client, task.id)).filter(
      ({ fromState, toState }) => fromState !== toState,
    )
    expect(history.map(({ toState }) => toState)).toEqual([
      'pending',
      'queued',
      'provisioning',
      'running',
      'pr_opened',
      'completed',
    ])
    for (const { trigger, message } of history) expect(trigger && message).toBeTruthy()
  })
})
