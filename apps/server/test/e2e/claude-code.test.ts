import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type ModelApi, startModelApi } from '@optio/testkit'
import { claudeCodeCli } from '@optio/testkit/claude-code-cli'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ClaudeShop, claudeEnvironment, commit, KEY } from './support/claude-shop.ts'
import { detailOf, historyOf } from './support/facts.ts'
import { Place } from './support/place.ts'
import { processesAbout, processesCalled } from './support/processes.ts'
import { git } from './support/repository.ts'
import { until } from './support/until.ts'

const CHECK = { testCommand: 'grep -q right answer || { echo "the answer is wrong"; exit 1; }' }

const cli = await claudeCodeCli()
const why = cli.missing === null ? '' : ` (SKIPPED: ${cli.missing})`

/** The agent is real; only the model is not. Tests wait for processes most of the time, so several go on at once. */
describe.skipIf(cli.bin === null).concurrent(`the real Claude Code${why}`, { timeout: 180_000 }, () => {
  let api: ModelApi
  let place: Place

  beforeAll(async () => {
    api = await startModelApi()
    place = await Place.make({ OPTIO_MAX_CONCURRENT: '4', ...claudeEnvironment(cli.bin ?? '', api) })
    await place.start()
  })
  afterAll(async () => {
    await place?.close()
    await api?.close()
  })

  const environmentOf = (id: string) => join(place.dataDir, 'environments', id)

  test('a task becomes a commit; failing checks send the agent back in the same session; it mends it and it is merged', async () => {
    const shop = await ClaudeShop.open(place, api, { ...CHECK, autoMerge: true })
    const { task, conversation } = await shop.task({
      turns: [
        {
          when: { prompt: 'checks failed' },
          steps: [
            { think: 'It was wrong.', say: 'I mend it.', run: commit('answer', 'right', 'Mend the answer') },
            { say: 'It is right now.' },
          ],
        },
      ],
      steps: [
        {
          think: 'What may the answer be?',
          say: 'I write it down.',
          write: { path: 'answer', content: 'wrong\n' },
        },
        { run: "git add answer && git commit --quiet -m 'Answer' && git log --oneline -1" },
        { say: 'The answer is written.' },
      ],
    })
    const done = await shop.reaches(task, 'completed')
    expect(done).toMatchObject({ prState: 'merged', retryCount: 0, resultSummary: 'It is right now.' })
    expect(await git(shop.shop.path, 'show', 'main:answer')).toBe('right')

    const attempts = await shop.attempts(task)
    expect(attempts.map(({ reason, state, failure }) => [reason, state, failure])).toEqual([
      ['first', 'succeeded', null],
      ['ci_failed', 'succeeded', null],
    ])
    expect(attempts[0]?.sessionId).toMatch(/^[0-9a-f-]{36}$/)
    expect(attempts[1]?.sessionId).toBe(attempts[0]?.sessionId)

    // The model is told what went wrong, and has everything before it in its conversation.
    const returned = api.requestsOf(conversation).find(({ scene }) => scene?.turn === 2)
    expect(returned?.scene?.prompt).toMatch(/the answer is wrong/)
    const told = JSON.stringify(returned?.body)
    for (const earlier of ['I write it down.', 'The answer is written.', 'Please answer the question.']) {
      expect(told).toContain(earlier)
    }

    const said = (await shop.log(task)).filter(({ logType }) => /^(text|thinking|tool_)/.test(logType))
    expect(said.map(({ attempt, logType }) => `${attempt} ${logType}`)).toEqual([
      ...['1 thinking', '1 text', '1 tool_use', '1 tool_result', '1 tool_use', '1 tool_result', '1 text'],
      ...['2 thinking', '2 text', '2 tool_use', '2 tool_result', '2 text'],
    ])
    expect(said[0]?.content).toBe('What may the answer be?')
    expect(said[1]?.content).toBe('I write it down.')
    expect(said[2]?.content).toMatch(/Write.*answer/)
    expect(said[4]?.content).toMatch(/git commit/)
    expect(said[5]?.content).toMatch(/^[0-9a-f]{7,} Answer/)
    await shop.isBilled(task, conversation)
  })

  test('what it says and reads stays as it is: HTML, ANSI, bidi marks and emoji are text', async () => {
    const shop = await ClaudeShop.open(place, api)
    const words =
      '<script>alert(1)</script> &amp; \u001b[31mred\u001b[0m \u202Eltr\u202C 👩‍🚀 "quoted" \\back'
    const { task } = await shop.task({
      steps: [
        { think: words, say: words, write: { path: '<b>a word & 👩‍🚀', content: words } },
        { run: 'cat *word*; git add . && git commit --quiet -m "<i>words</i>"' },
        { say: words },
      ],
    })
    await shop.reaches(task, 'pr_opened')
    const log = await shop.log(task)
    const contents = (type: string) =>
      log.filter(({ logType }) => logType === type).map(({ content }) => content)
    expect(contents('thinking')).toEqual([words])
    expect(contents('text')).toEqual([words, words])
    expect(contents('tool_use')[0]).toContain('<b>a word & 👩‍🚀')
    expect(contents('tool_result')[1]).toBe(words)
    expect((await detailOf(place.client, task.id)).task.resultSummary).toBe(words)
  })

  test('the key of the model’s API appears in no log, event, answer, clone or pull request', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({
      steps: [
        { run: 'env; echo "the key is $ANTHROPIC_API_KEY"; tr "\\0" "\\n" < /proc/$PPID/environ' },
        { run: commit() },
        { say: 'Done.' },
      ],
    })
    await shop.reaches(task, 'pr_opened')
    const [, seen] = api.requestsOf(conversation)
    expect(seen?.credential).toBe('api-key')
    // Otherwise this would show nothing: the agent's own commands do see it.
    expect(JSON.stringify(seen?.body)).toContain(`the key is ${KEY}`)
    const { client, server } = place
    const params = { id: task.id }
    const answers = [
      await client.tasks.get({ params }),
      await client.tasks.attempts({ params }),
      await client.tasks.events({ params }),
      await client.tasks.list({ query: {} }),
      await shop.log(task),
      await client.pullRequests.get({ params }).catch(() => null),
      server.errors(),
    ]
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain(KEY)
    const clone = place.clone(task.id)
    expect(await git(clone, 'log', '--all', '-p')).not.toContain(KEY)
    expect(await git(shop.shop.path, 'log', '--all', '-p')).not.toContain(KEY)
    const database = await place.database()
    const { rows } = await database.query<{ dump: string }>(
      `select string_agg(t.dump, ' ') as dump from (
        select row_to_json(r)::text as dump from runs r union all select row_to_json(a)::text from attempts a
        union all select row_to_json(l)::text from log_entries l union all select row_to_json(e)::text from events e
        union all select row_to_json(p)::text from pull_requests p) t`,
    )
    expect(rows[0]?.dump).toContain('the key is [')
    expect(rows[0]?.dump).not.toContain(KEY)
  })

  test('a wrong key needs a person within seconds, with words and a remedy, and burns no retries', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({ steps: [{ refuse: 401 }] })
    const stuck = await shop.reaches(task, 'needs_attention', 40_000)
    expect(stuck).toMatchObject({ attentionCode: 'agent_login', retryCount: 0, waitingOn: 'person' })
    expect(stuck.errorMessage).toMatch(/not logged in.*API key/i)
    const { explanation } = await detailOf(place.client, task.id)
    expect(JSON.stringify(explanation)).toMatch(/optio doctor|ANTHROPIC_API_KEY/)
    const [attempt, ...others] = await shop.attempts(task)
    expect(others).toEqual([])
    expect(attempt?.failure?.kind).toBe('login')
    const lasted = Date.parse(attempt?.endedAt ?? '') - Date.parse(attempt?.startedAt ?? '')
    expect(lasted).toBeLessThan(30_000)
    expect(api.requestsOf(conversation).length).toBeLessThan(6)
    await shop.isBilled(task, conversation)
  })

  test('a request that the provider refuses as such needs a person at once', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task } = await shop.task({ steps: [{ refuse: 400 }] })
    const stuck = await shop.reaches(task, 'needs_attention')
    expect(stuck).toMatchObject({ attentionCode: 'agent_request', retryCount: 0 })
    expect(stuck.errorMessage).toMatch(/prompt is too long/i)
    expect(await shop.attempts(task)).toHaveLength(1)
  })

  test.each([500, 529])(
    'a provider that fails with %i for a while parks the task, and it goes on by itself',
    async (status) => {
      const shop = await ClaudeShop.open(place, api)
      // Four requests are one attempt: the agent tries each again three times.
      const { task, conversation } = await shop.task({
        steps: [{ refuse: status, times: 6 }, { run: commit() }, { say: 'Done.' }],
      })
      const opened = await shop.reaches(task, 'pr_opened')
      expect(opened).toMatchObject({ retryCount: 0, errorMessage: null })
      const history = await historyOf(place.client, task.id)
      expect(history.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/provider.*goes on later/),
      )
      const [first, second, ...others] = await shop.attempts(task)
      expect(others).toEqual([])
      expect(first).toMatchObject({
        state: 'failed',
        failure: { kind: status === 529 ? 'rate_limit' : 'provider' },
      })
      expect(second).toMatchObject({ reason: 'restart', state: 'succeeded' })
      await shop.isBilled(task, conversation)
    },
  )

  test('a stream that is cut is asked for again, and what was billed is counted once', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({
      steps: [
        { say: 'Half of this is heard. '.repeat(9), breaks: 'cut', times: 1 },
        { run: commit() },
        { say: 'Half of this is heard, too. '.repeat(9), breaks: 'error', times: 1 },
        { say: 'Done.' },
      ],
    })
    await shop.reaches(task, 'pr_opened')
    expect(await shop.attempts(task)).toHaveLength(1)
    await shop.isBilled(task, conversation)
  })

  test('a model that never answers is shown as stalled, and the time limit ends it', async () => {
    const shop = await ClaudeShop.open(place, api, { stallThresholdMs: 1_000, maxAttemptMs: 6_000 })
    const { task } = await shop.task({ steps: [{ hang: true }] })
    const stalled = await until('it is shown as stalled', async () => {
      const { stallInfo } = await detailOf(place.client, task.id)
      return stallInfo?.isStalled ? stallInfo : null
    })
    expect(stalled.silentForMs).toBeGreaterThanOrEqual(1_000)
    const stuck = await shop.reaches(task, 'needs_attention')
    expect(stuck).toMatchObject({ attentionCode: 'deadline_reached', retryCount: 0 })
    expect(processesAbout(environmentOf(task.id))).toEqual([])
  })

  test('an agent that uses up its turns needs a person, and goes on in its session when it is resumed', async () => {
    const shop = await ClaudeShop.open(place, api, { maxTurnsCoding: 3 })
    const { task, conversation } = await shop.task({
      turns: [{ when: { prompt: 'you may go on' }, steps: [{ run: commit() }, { say: 'Done.' }] }],
      steps: [{ run: 'echo again', times: 100 }],
    })
    const stuck = await shop.reaches(task, 'needs_attention')
    expect(stuck).toMatchObject({ attentionCode: 'max_turns_reached', retryCount: 0 })
    expect(api.requestsOf(conversation)).toHaveLength(3)
    await place.client.tasks.resume({ params: { id: task.id }, body: { prompt: 'Well, you may go on.' } })
    await shop.reaches(task, 'pr_opened')
    const attempts = await shop.attempts(task)
    expect(attempts.map(({ reason, state, failure }) => [reason, state, failure?.kind ?? null])).toEqual([
      ['first', 'failed', 'max_turns'],
      ['resume', 'succeeded', null],
    ])
    expect(attempts[1]?.sessionId).toBe(attempts[0]?.sessionId)
    expect(JSON.stringify(api.requestsOf(conversation).at(-1)?.body)).toContain('echo again')
    await shop.isBilled(task, conversation)
  })

  test('a session that is gone is begun anew with the whole task, and the work goes on', async () => {
    const shop = await ClaudeShop.open(place, api, { maxTurnsCoding: 1 })
    const { task, conversation } = await shop.task({ steps: [{ run: commit() }, { say: 'Done.' }] })
    await shop.reaches(task, 'needs_attention')
    await rm(join(place.home(task.id), '.claude', 'projects'), { recursive: true })
    await place.client.repos.edit({ params: { id: shop.shop.repo.id }, body: { maxTurnsCoding: null } })
    await place.client.tasks.resume({ params: { id: task.id } })
    await shop.reaches(task, 'pr_opened')
    const attempts = await shop.attempts(task)
    expect(attempts.map(({ reason, failure }) => [reason, failure?.kind ?? null])).toEqual([
      ['first', 'max_turns'],
      ['resume', 'session'],
      ['restart', null],
    ])
    expect(attempts[2]?.sessionId).not.toBe(attempts[0]?.sessionId)
    expect(api.requestsOf(conversation).at(-1)?.scene?.turn).toBe(1)
    await shop.isBilled(task, conversation)
  })

  test('an agent that reaches the budget while it runs is stopped', async () => {
    const shop = await ClaudeShop.open(place, api)
    // Half a dollar an answer.
    const { task, conversation } = await shop.task(
      { usage: { output: 20_000 }, steps: [{ run: 'sleep 0.3', times: 100 }] },
      { budgetUsd: '2' },
    )
    const stuck = await shop.reaches(task, 'needs_attention')
    expect(stuck.attentionCode).toBe('budget_reached')
    expect(stuck.errorMessage).toMatch(/budget of \$2/)
    expect(Number(stuck.costUsd)).toBeGreaterThanOrEqual(2)
    expect(api.requestsOf(conversation).length).toBeLessThan(10)
    expect(processesAbout(environmentOf(task.id))).toEqual([])
  })

  test('cancel while it runs a tool leaves none of its processes', async () => {
    const shop = await ClaudeShop.open(place, api)
    const seconds = `6${String(process.pid).padStart(7, '0')}`
    const alive = () => processesCalled(`sleep ${seconds}`).filter(({ name }) => name === 'sleep').length
    const { task } = await shop.task({
      steps: [{ run: `setsid sleep ${seconds} & nohup sleep ${seconds} & sleep ${seconds}` }],
    })
    await until('its tool runs', () => alive() === 3, { seen: alive })
    const { task: cancelled } = await place.client.tasks.cancel({ params: { id: task.id } })
    expect(cancelled.state).toBe('cancelled')
    expect(alive()).toBe(0)
    expect(processesAbout(environmentOf(task.id))).toEqual([])
    expect((await shop.attempts(task)).map(({ state }) => state)).toEqual(['stopped'])
  })
})
