import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ModelApi, startModelApi } from '@optio/testkit'
import { claudeCodeCli } from '@optio/testkit/claude-code-cli'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ClaudeShop, claudeEnvironment, commit } from './support/claude-shop.ts'
import { awaitWords, detailOf } from './support/facts.ts'
import { Place } from './support/place.ts'
import { until } from './support/until.ts'

const cli = await claudeCodeCli()
const why = cli.missing === null ? '' : ` (SKIPPED: ${cli.missing})`

describe.skipIf(cli.bin === null)(`the real Claude Code${why}`, { timeout: 180_000 }, () => {
  let api: ModelApi
  let place: Place

  // Subscribed, instead of paying by the token: only then does the provider say when it takes requests again.
  beforeAll(async () => {
    api = await startModelApi()
    const { ANTHROPIC_API_KEY, ...environment } = claudeEnvironment(cli.bin ?? '', api)
    place = await Place.make({
      ...environment,
      CLAUDE_CODE_OAUTH_TOKEN: ANTHROPIC_API_KEY.replace('api03', 'oat01'),
    })
    await place.start()
  })
  afterAll(async () => {
    await place?.close()
    await api?.close()
  })

  test('kill -9 of Optio while it works loses nothing, and the adopted run ends with the right cost', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({
      steps: [
        {
          think: 'Before.',
          say: 'I begin.',
          run: 'until test -e "$HOME/go"; do sleep 0.05; done; echo went on',
        },
        { say: 'I commit.', run: commit() },
        { say: 'Done.' },
      ],
    })
    await until('its first words are in the log', async () =>
      (await shop.log(task)).some(({ logType }) => logType === 'tool_use'),
    )
    await place.server.kill()
    // It goes on, and ends, while no Optio is there.
    await writeFile(join(place.home(task.id), 'go'), '')
    await until(
      'it has ended',
      () =>
        api.requestsOf(conversation).length === 3 && api.requestsOf(conversation).at(-1)?.ended === 'whole',
    )
    await place.start()
    await shop.reaches(task, 'pr_opened')
    const attempts = await shop.attempts(task)
    expect(attempts.map(({ reason, state }) => [reason, state])).toEqual([['first', 'succeeded']])
    const log = await shop.log(task)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1))
    const said = log.filter(({ logType }) => /^(text|thinking|tool_)/.test(logType))
    expect(said.map(({ logType }) => logType)).toEqual(
      'thinking text tool_use tool_result text tool_use tool_result text'.split(' '),
    )
    expect(api.requestsOf(conversation)).toHaveLength(3)
    await shop.isBilled(task, conversation)
  })

  test('a quota that is used up parks the task until the time the provider said, and it goes on then', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({
      steps: [
        { say: 'I begin.', run: 'true' },
        { refuse: 429, forMs: 6_000, quota: 'five_hour' },
        { run: commit() },
        { say: 'Done.' },
      ],
    })
    const words = await awaitWords(place.client, task.id, /takes no requests for a while/)
    const parked = await detailOf(place.client, task.id)
    expect(parked.task).toMatchObject({ state: 'queued', retryCount: 0, waitingOn: 'backoff' })
    const [refused] = await shop.attempts(task)
    expect(refused?.failure).toMatchObject({ kind: 'rate_limit', message: expect.stringMatching(/limit/) })
    const retryAt = Date.parse(refused?.failure?.retryAt ?? '')
    const first = api.requestsOf(conversation).find(({ status }) => status === 429)?.at ?? 0
    expect(Math.abs(retryAt - first - 6_000)).toBeLessThan(1_500)
    const [, shown = ''] = /goes on at (\S+Z)/.exec(words) ?? []
    expect(Date.parse(shown)).toBeGreaterThanOrEqual(retryAt)
    expect(Date.parse(shown)).toBeLessThan(retryAt + 10_000)
    const opened = await shop.reaches(task, 'pr_opened')
    expect(opened.retryCount).toBe(0)
    const attempts = await shop.attempts(task)
    expect(attempts.map(({ reason, state }) => [reason, state])).toEqual([
      ['first', 'failed'],
      ['restart', 'succeeded'],
    ])
    expect(attempts[1]?.sessionId).toBe(attempts[0]?.sessionId)
    const again = api.requestsOf(conversation).find(({ scene }) => (scene?.turn ?? 0) > 1)
    expect(again?.at).toBeGreaterThanOrEqual(retryAt)
    expect(api.requestsOf(conversation).map(({ credential }) => credential)).not.toContain('api-key')
    await shop.isBilled(task, conversation)
  })
})
