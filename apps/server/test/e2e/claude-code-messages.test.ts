import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message, Task } from '@optio/contract'
import { type ModelApi, startModelApi } from '@optio/testkit'
import { claudeCodeCli } from '@optio/testkit/claude-code-cli'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ClaudeShop, claudeEnvironment, commit } from './support/claude-shop.ts'
import { Place } from './support/place.ts'
import { until } from './support/until.ts'

const cli = await claudeCodeCli()
const why = cli.missing === null ? '' : ` (SKIPPED: ${cli.missing})`

/** Works until a file appears in its home directory. */
const waitFor = (file: string) => `until test -e "$HOME/${file}"; do sleep 0.05; done; echo went on`

describe.skipIf(cli.bin === null)(`messages to the real Claude Code${why}`, { timeout: 180_000 }, () => {
  let api: ModelApi
  let place: Place

  beforeAll(async () => {
    api = await startModelApi()
    place = await Place.make(claudeEnvironment(cli.bin ?? '', api))
    await place.start()
  })
  afterAll(async () => {
    await place?.close()
    await api?.close()
  })

  const send = async (task: Task, content: string, mode: 'soft' | 'interrupt' = 'soft') =>
    (await place.client.messages.send({ params: { id: task.id }, body: { content, mode } })).message
  const listed = async (task: Task) => await place.client.messages.list({ params: { id: task.id } })
  const delivered = async (task: Task, message: Message) =>
    await until('the message is delivered', async () =>
      (await listed(task)).messages.find(({ id, state }) => id === message.id && state === 'delivered'),
    )
  const calls = async (shop: ClaudeShop, task: Task, count: number) =>
    await until(`it has called ${count} tools`, async () => {
      const log = await shop.log(task)
      return log.filter(({ logType }) => logType === 'tool_use').length >= count
    })
  const go = async (task: Task, file: string) => await writeFile(join(place.home(task.id), file), '')
  /** How often the model was told these words for the first time: once, however long the conversation goes on. */
  const told = (conversation: string, words: string) => {
    const last = api.requestsOf(conversation).at(-1)
    return JSON.stringify(last?.body ?? '').split(words).length - 1
  }

  test('one that is said while it works is heard before its next turn, and is in the log once', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({
      turns: [
        {
          when: { prompt: 'name it banana' },
          steps: [{ run: commit('banana') }, { say: 'A banana it is.' }],
        },
      ],
      steps: [{ say: 'I begin.', run: waitFor('go') }, { run: commit('apple') }, { say: 'Done.' }],
    })
    await calls(shop, task, 1)
    expect(await listed(task)).toMatchObject({ canSend: true, why: null, messages: [] })
    const message = await send(task, 'Please name it banana.')
    expect(message).toMatchObject({ taskId: task.id, state: 'pending', mode: 'soft', deliveredAt: null })
    await delivered(task, message)
    await go(task, 'go')
    await shop.reaches(task, 'pr_opened')
    const [attempt] = await shop.attempts(task)
    expect(attempt).toMatchObject({ state: 'succeeded', exitCode: 0 })
    const log = await shop.log(task)
    const said = log.filter(({ content }) => content.includes('name it banana'))
    expect(said).toEqual([
      expect.objectContaining({
        stream: 'optio',
        metadata: expect.objectContaining({ messageId: message.id }),
      }),
    ])
    expect(log.some(({ content }) => content.includes('apple'))).toBe(false)
    expect(log.some(({ content }) => content === 'A banana it is.')).toBe(true)
    expect(told(conversation, 'Please name it banana.')).toBe(1)
    await shop.isBilled(task, conversation)
    expect(await listed(task)).toMatchObject({ canSend: false, why: expect.stringMatching(/No agent works/) })
    await expect(send(task, 'Too late.')).rejects.toMatchObject({ status: 409, code: 'INVALID_TRANSITION' })
  })

  test('one that interrupts breaks off a long call at once, and what it says is done instead', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({
      turns: [{ when: { prompt: 'stop that' }, steps: [{ run: commit() }, { say: 'Done instead.' }] }],
      steps: [{ say: 'I sleep.', run: 'sleep 600' }, { say: 'Never said.' }],
    })
    await calls(shop, task, 1)
    const started = performance.now()
    await send(task, 'Please stop that and commit.', 'interrupt')
    await shop.reaches(task, 'pr_opened', 30_000)
    expect(performance.now() - started).toBeLessThan(30_000)
    const [attempt, ...more] = await shop.attempts(task)
    expect(more).toEqual([])
    expect(attempt).toMatchObject({ state: 'succeeded' })
    const log = await shop.log(task)
    expect(log.some(({ content }) => /Claude Code was interrupted/.test(content))).toBe(true)
    await shop.isBilled(task, conversation)
  })

  test('one is delivered exactly once, in order, when Optio is killed at any instant after it took it', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task, conversation } = await shop.task({
      turns: [{ when: { prompt: 'word 5' }, steps: [{ run: commit() }, { say: 'Heard all.' }] }],
      steps: [{ say: 'I begin.', run: waitFor('go') }, { say: 'Done.' }],
    })
    await calls(shop, task, 1)
    for (const word of [1, 2, 3, 4, 5]) {
      await send(task, `Hear word ${word}.`)
      await sleep(word === 1 ? 0 : Math.random() * 15)
      await place.server.kill()
      // The last is heard, and done, although nobody is there: it was delivered, or is when somebody comes.
      if (word === 5) await go(task, 'go')
      await place.start()
    }
    await shop.reaches(task, 'pr_opened')
    const { messages } = await listed(task)
    expect(messages.map(({ content, state }) => [content, state])).toEqual(
      [1, 2, 3, 4, 5].map((word) => [`Hear word ${word}.`, 'delivered']),
    )
    for (const word of [1, 2, 3, 4, 5]) expect(told(conversation, `Hear word ${word}.`)).toBe(1)
    const log = (await shop.log(task)).flatMap(({ content }) => /Hear word \d/.exec(content)?.[0] ?? [])
    expect(log).toEqual([1, 2, 3, 4, 5].map((word) => `Hear word ${word}`))
    const attempts = await shop.attempts(task)
    expect(attempts.map(({ reason, state }) => [reason, state])).toEqual([['first', 'succeeded']])
    await shop.isBilled(task, conversation)
  })

  test('one that its agent did not hear before it was stopped is shown as undelivered', async () => {
    const shop = await ClaudeShop.open(place, api)
    const { task } = await shop.task({ steps: [{ say: 'I begin.', run: waitFor('never') }] })
    await calls(shop, task, 1)
    const message = await send(task, 'Did you hear this?')
    await delivered(task, message)
    await place.client.tasks.cancel({ params: { id: task.id } })
    const { messages } = await listed(task)
    expect(messages).toEqual([
      expect.objectContaining({ id: message.id, state: 'undelivered', deliveredAt: null }),
    ])
    const log = await shop.log(task)
    expect(
      log.some(({ content }) => /ended before it heard what .*: Did you hear this\?/.test(content)),
    ).toBe(true)
  })
})
