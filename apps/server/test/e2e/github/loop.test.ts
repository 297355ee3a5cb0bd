import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { until } from '../support/until.ts'
import { change } from '../support/workshop.ts'
import { BOT, GithubPlace, passing, WORKFLOW } from './support/github-shop.ts'

// Several processes and a whole round with the forge, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000 })

describe('on GitHub', () => {
  let at: GithubPlace

  beforeAll(async () => {
    at = await GithubPlace.open()
  }, 60_000)
  afterAll(async () => await at.close(), 60_000)

  test('an issue that is assigned becomes a merged pull request, and is closed', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(passing)
    const issue = shop.issue({
      first: [...change('sum.txt', '4\n', 'Mend the sum'), ['result', 'It adds now.']],
    })
    const task = await shop.assign(issue.number)
    expect(task).toMatchObject({ state: 'queued', title: 'The sum is wrong', ticketSource: 'github' })
    const done = await shop.reaches(task, 'completed')
    const [request] = shop.fake.pullRequests()
    expect(request).toMatchObject({ state: 'merged', author: BOT, draft: false, base: { ref: 'main' } })
    expect(request?.body).toContain(`Closes #${issue.number}`)
    expect(request?.body).toContain('It adds now.')
    expect(done.prUrl).toBe(request?.url)
    expect(await shop.fake.file('main', 'sum.txt')).toBe('4\n')
    const closed = await until('the issue is closed', () => {
      const now = shop.fake.issue(issue.number)
      return now.state === 'closed' && now.comments.length >= 2 ? now : null
    })
    expect(closed.labels).toContain('optio')
    expect(shop.fake.labels()).toContainEqual(expect.objectContaining({ name: 'optio', color: '6d28d9' }))
    expect(closed.comments.every(({ author }) => author === BOT)).toBe(true)
    expect(closed.comments.at(-1)?.body).toContain(`#${request?.number}`)
    await until('its branch is deleted', () => shop.fake.branchHead(request?.head.ref ?? '') === null)
    const message = await shop.fake.git('log', '-1', '--format=%B', request?.head.sha ?? '')
    expect(message).toMatch(/^Co-authored-by: /m)
  })

  test('an agent is sent back with the log of what failed, twice, until the checks pass', async () => {
    const shop = await at.shop({ autoMerge: true }, { files: { 'README.md': 'x\n', ...WORKFLOW } })
    shop.fake.onPush(({ branch, push }) =>
      branch === 'main'
        ? []
        : [
            {
              name: 'test',
              kind: 'workflow',
              conclusion: push < 3 ? 'failure' : 'success',
              log: `Running\nError: expected ${push} bananas`,
              steps: [
                { name: 'Install' },
                { name: 'Run the tests', conclusion: push < 3 ? 'failure' : 'success' },
              ],
            },
          ],
    )
    const task = await shop.task({
      first: change('fruit', 'one\n'),
      ci_failed: [
        ['told', 'Run the tests'],
        ['told', 'bananas'],
        ['sh', 'echo more >> fruit'],
        ['commit', 'More fruit'],
      ],
    })
    await shop.reaches(task, 'completed')
    expect((await shop.attempts(task)).map(({ reason }) => reason)).toEqual([
      'first',
      'ci_failed',
      'ci_failed',
    ])
    expect(shop.fake.pullRequests()).toHaveLength(1)
  })

  test('a check that appears only after a minute is waited for', async () => {
    const shop = await at.shop({ autoMerge: true }, { files: { 'README.md': 'x\n', ...WORKFLOW } })
    shop.fake.onPush(({ branch }) =>
      branch === 'main'
        ? []
        : [{ name: 'test', kind: 'workflow', startsAfter: 60_000, conclusion: 'success' }],
    )
    const task = await shop.task({ first: change() })
    await shop.says(task, /check/i)
    await shop.looks(3)
    expect((await shop.pullRequest(task)).state).toBe('open')
    await at.github.clock.advance(60_000)
    await shop.reaches(task, 'completed')
  })

  test('checks of a push that are done do not stand for those of the pull request that have not begun', async () => {
    const files = {
      'README.md': 'x\n',
      '.github/workflows/lint.yml': 'name: Lint\non: push\n',
      '.github/workflows/tests.yml': 'name: Tests\non: pull_request\n',
    }
    const shop = await at.shop({ autoMerge: true }, { files })
    const lint = { name: 'Lint', path: '.github/workflows/lint.yml', event: 'push' }
    const tests = { name: 'Tests', path: '.github/workflows/tests.yml', event: 'pull_request' }
    shop.fake.onPush(({ branch }) =>
      branch === 'main'
        ? []
        : [
            { name: 'lint', kind: 'workflow', workflow: lint },
            { name: 'test', kind: 'workflow', workflow: tests, startsAfter: 'manual' },
          ],
    )
    const task = await shop.task({ first: change() })
    await shop.says(task, /Tests \(queued\)/)
    await shop.looks(3)
    const { state, head } = await shop.pullRequest(task)
    expect(state).toBe('open')
    shop.fake.startCheck(head.sha, 'test')
    await shop.reaches(task, 'completed')
  })

  test('where no check can be asked for, nothing is merged', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(passing)
    const isAbout = (path: string) => path === '/graphql' || /check-runs|check-suites|status/.test(path)
    at.github.faults.failAlways(({ path }) => isAbout(path), 502)
    const task = await shop.task({ first: change() })
    try {
      await shop.says(task, /no answer/)
      const looked = () => at.github.requests.all(({ path }) => isAbout(path)).length
      const before = looked()
      await until('it was asked again', () => looked() >= before + 2)
      expect(shop.fake.pullRequests()).toMatchObject([{ state: 'open' }])
      // It leaves this state when its pull request was seen, and every look at that asks for the checks.
      expect((await shop.detail(task)).task.state).toBe('running')
    } finally {
      at.github.faults.clear()
    }
    await shop.reaches(task, 'completed', 90_000)
  })

  test('a change request stands until its author lifts it, whoever else approves', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(({ branch }) => (branch === 'main' ? [] : [{ name: 'test', after: 'manual' }]))
    const task = await shop.task({
      first: change('sum.txt', '3\n'),
      review: [['told', 'It is four'], ['told', 'sum.txt'], ...change('sum.txt', '4\n', 'Four')],
    })
    const { number, head } = await shop.pullRequest(task)
    await shop.fake.review(number, {
      by: 'ann',
      event: 'REQUEST_CHANGES',
      body: 'Not yet.',
      comments: [{ path: 'sum.txt', line: 1, body: 'It is four.' }],
    })
    await shop.fake.review(number, { by: 'ben', event: 'APPROVE', body: 'Fine with me.' })
    await shop.finishes(head.sha, 'test')
    await until('the agent has answered', async () => shop.fake.pullRequest(number).head.sha !== head.sha)
    await shop.finishes(shop.fake.pullRequest(number).head.sha, 'test')
    await shop.says(task, /requested changes/)
    await shop.looks(2)
    expect(shop.fake.pullRequest(number).state).toBe('open')
    await until('its thread is answered', () => {
      const [thread] = shop.fake.pullRequest(number).threads
      return thread?.comments.at(-1)?.author === BOT
    })
    await shop.fake.review(number, { by: 'ann', event: 'APPROVE', body: 'Now it is.' })
    await shop.reaches(task, 'completed')
    expect((await shop.attempts(task)).map(({ reason }) => reason)).toEqual(['first', 'review'])
  })

  test('what is pushed between the check and the merge is not merged', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(({ by, branch }) =>
      branch === 'main' ? [] : [{ name: 'test', after: by === BOT ? 0 : 'manual' }],
    )
    const merge = at.github.faults.pauseAt('PUT *merge', 'before')
    const task = await shop.task({ first: change() })
    await merge.reached(60_000)
    const { number, head } = await shop.pullRequest(task)
    const pushed = await shop.fake.commit({
      branch: head.ref,
      by: 'ann',
      files: { 'mine.txt': 'unchecked\n' },
    })
    merge.release()
    await shop.says(task, /check/i)
    await shop.looks(2)
    expect(shop.fake.pullRequest(number)).toMatchObject({ state: 'open', head: { sha: pushed } })
    expect(await shop.fake.file('main', 'mine.txt')).toBeNull()
    await shop.finishes(pushed, 'test')
    await shop.reaches(task, 'completed')
    expect(await shop.fake.file('main', 'mine.txt')).toBe('unchecked\n')
  })

  test('a person merges while the agent works: it is stopped, and the task is done', async () => {
    const shop = await at.shop({ autoMerge: false })
    shop.fake.onPush(() => [{ name: 'test', kind: 'workflow', conclusion: 'failure', log: 'Error: no' }])
    const task = await shop.task({ first: change(), ci_failed: [['sleep', 120_000]] })
    await until(
      'the agent works again',
      async () =>
        (await shop.attempts(task)).at(-1)?.state === 'running' && (await shop.attempts(task)).length === 2,
    )
    const { number } = await shop.pullRequest(task)
    await shop.fake.mergePullRequest(number, 'ann')
    await shop.reaches(task, 'completed')
    expect((await shop.attempts(task)).at(-1)?.state).toBe('stopped')
  })

  test('a person closes the pull request: the task has failed, and says who closed it', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(() => [{ name: 'test', after: 'manual' }])
    const task = await shop.task({ first: change() })
    const { number } = await shop.pullRequest(task)
    await shop.says(task, /check/i)
    shop.fake.closePullRequest(number, 'ben')
    const failed = await shop.reaches(task, 'failed')
    expect(failed.errorMessage).toContain('ben')
  })

  test('what conflicts with the merge of another task is worked out by its agent', async () => {
    const shop = await at.shop({ autoMerge: true, maxConcurrentTasks: 2 }, { files: { 'list.txt': 'a\n' } })
    shop.fake.onPush(({ branch, message }) =>
      branch === 'main' ? [] : [{ name: 'test', after: /second/.test(message) ? 'manual' : 0 }],
    )
    const second = await shop.task({
      first: change('list.txt', 'a\nsecond\n', 'Add the second'),
      conflict: [
        ['told', 'list.txt'],
        [
          'sh',
          'git fetch -q origin || true; git rebase -q origin/main || (printf "a\\nfirst\\nsecond\\n" > list.txt; git add list.txt; GIT_EDITOR=true git rebase --continue)',
        ],
      ],
    })
    await shop.says(second, /check/i)
    const first = await shop.task({ first: change('list.txt', 'a\nfirst\n', 'Add the first') })
    await shop.reaches(first, 'completed')
    const { number, head } = await shop.pullRequest(second)
    await until('it is rebased', () => shop.fake.pullRequest(number).head.sha !== head.sha, {
      withinMs: 60_000,
    })
    await shop.finishes(shop.fake.pullRequest(number).head.sha, 'test')
    await shop.reaches(second, 'completed')
    expect(await shop.fake.file('main', 'list.txt')).toBe('a\nfirst\nsecond\n')
    expect((await shop.attempts(second)).map(({ reason }) => reason)).toEqual(['first', 'conflict'])
  })

  test('what a person pushed over the branch by force is not overwritten', async () => {
    const shop = await at.shop({ autoMerge: false })
    shop.fake.onPush(({ by }) => [
      { name: 'test', kind: 'workflow', conclusion: by === BOT ? 'failure' : 'success', log: 'Error: no' },
    ])
    const task = await shop.task({
      first: change(),
      ci_failed: [
        ['sleep', 3_000],
        ['sh', 'echo again >> answer'],
        ['commit', 'Again'],
      ],
    })
    await until('the agent works again', async () => (await shop.attempts(task)).length === 2)
    const { number, head } = await shop.pullRequest(task)
    const forced = await shop.fake.commit({
      branch: head.ref,
      from: 'main',
      force: true,
      by: 'ann',
      files: { 'by-ann.txt': 'x\n' },
    })
    await shop.reaches(task, ['needs_attention', 'pr_opened'])
    await shop.looks(2)
    expect(shop.fake.pullRequest(number).head.sha).toBe(forced)
  })

  test('a protected branch that needs a review is merged once it has it', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(passing)
    shop.fake.protect('main', { requiredChecks: ['test'], requiredReviews: 1 })
    const task = await shop.task({ first: change() })
    await shop.says(task, /review/i)
    const { number } = await shop.pullRequest(task)
    await shop.looks(2)
    expect(shop.fake.pullRequest(number).state).toBe('open')
    await shop.fake.review(number, { by: 'ann', event: 'APPROVE' })
    await shop.reaches(task, 'completed')
  })

  test('in cautious mode a draft is opened, and never merged', async () => {
    const shop = await at.shop({ autoMerge: true, cautiousMode: true })
    shop.fake.onPush(passing)
    const task = await shop.task({ first: change() })
    await shop.reaches(task, 'pr_opened')
    const { number, draft } = await shop.pullRequest(task)
    expect(draft).toBe(true)
    await shop.says(task, /draft/i)
    await shop.fake.review(number, { by: 'ann', event: 'APPROVE' })
    shop.fake.markReady(number, 'ann')
    await shop.says(task, /cautious/i)
    await shop.looks(3)
    expect(shop.fake.pullRequest(number).state).toBe('open')
    expect(at.github.requests.count(`PUT /repos/${shop.fake.fullName}/*merge`)).toBe(0)
  })

  test('the template of a repository is the form of its pull requests', async () => {
    const shop = await at.shop(
      {},
      {
        files: {
          '.github/PULL_REQUEST_TEMPLATE.md': '## Why\n\n<!-- say why -->\n\n## Checklist\n\n- [ ] Tests\n',
        },
      },
    )
    const task = await shop.task({ first: [...change(), ['result', 'It answers rightly.']] })
    const { body } = await shop.pullRequest(task)
    expect(body).toContain('## Checklist')
    expect(body).toContain('It answers rightly.')
  })

  test('an agent that commits nothing opens nothing, and a person is asked', async () => {
    const shop = await at.shop({ autoMerge: true })
    const task = await shop.task({ first: [['say', 'Nothing to do.']] })
    const waiting = await shop.reaches(task, 'needs_attention')
    expect(waiting.attentionCode).toBe('no_changes')
    expect(shop.fake.pullRequests()).toEqual([])
    expect(shop.fake.branches()).toEqual(['main'])
  })

  test('a task that is cancelled closes its pull request, where that is set', async () => {
    const [closing, keeping] = [
      await at.shop({ closeOnCancel: true }),
      await at.shop({ closeOnCancel: false }),
    ]
    for (const shop of [closing, keeping]) {
      shop.fake.onPush(() => [{ name: 'test', after: 'manual' }])
      const task = await shop.task({ first: change() })
      await shop.says(task, /check/i)
      await shop.client.tasks.cancel({ params: { id: task.id } })
      await shop.reaches(task, 'cancelled')
    }
    await until('it is closed', () => closing.fake.pullRequests()[0]?.state === 'closed')
    expect(keeping.fake.pullRequests()[0]?.state).toBe('open')
  })

  test('an agent that reviews is heard, although it has no name of its own there', async () => {
    const shop = await at.shop({ autoMerge: true, reviewEnabled: true, reviewTrigger: 'on_ci_pass' })
    shop.fake.onPush(passing)
    const task = await shop.task({
      first: change('answer', 'wrong\n'),
      review: change('answer', 'fine\n', 'Say fine'),
      reviewer: [['verdict', 'answer', 'fine']],
    })
    await shop.reaches(task, 'completed', 90_000)
    const { reviews } = await shop.pullRequest(task)
    expect(reviews.filter(({ author }) => author === BOT).map(({ state }) => state)).toEqual([
      'COMMENTED',
      'COMMENTED',
    ])
    expect((await shop.attempts(task)).map(({ reason }) => reason)).toEqual(['first', 'review'])
    expect(await shop.fake.file('main', 'answer')).toBe('fine\n')
  })
})
