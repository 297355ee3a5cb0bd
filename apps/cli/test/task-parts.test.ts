import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Comment, Task } from '@optio/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Place, until } from './support/place.ts'

const AGENT = fileURLToPath(new URL('./fixtures/agent.mjs', import.meta.url))

let place: Place
let url: string
let repository: string
/** A task whose pull request waits for a person. */
let task: string

const steps = (...list: (readonly unknown[])[]) => `DO ${JSON.stringify(list)}`

beforeAll(async () => {
  place = await Place.make()
  url = await place.startServer()
  repository = await place.repository('sample', { 'a.txt': 'one\n' })
  const command = ['--agent-command', process.execPath, AGENT]
  const added = await place.optio(['repo', 'add', 'sample', '--test', 'true', ...command])
  expect(added).toMatchObject({ code: 0 })
  const prompt = steps(['write', 'a.txt', 'two\n'], ['commit', 'Change a'])
  const created = await place.optio(['task', 'new', '--wait', '--title', 'The change', prompt], {
    cwd: repository,
  })
  expect(created).toMatchObject({ code: 7 })
  task = created.out.trim()
})
afterAll(async () => {
  await place?.close()
})

async function answered(path: string): Promise<unknown> {
  return await (await fetch(`${url}${path}`)).json()
}

async function make(title: string): Promise<string> {
  return (await place.optio(['task', 'new', '--title', title, 'x'], { cwd: repository })).out.trim()
}

it('adds subtasks of each kind, lists them in order and says how far they are', async () => {
  const add = (...args: string[]) =>
    place.json<{ subtask: Task }>(['task', 'subtask', 'add', task.slice(-8), ...args])
  const { subtask: second } = await add(
    '--kind',
    'step',
    '--hold',
    '--title',
    'Then \u001b[2J',
    steps(['say', 'x']),
  )
  expect(second).toMatchObject({ taskType: 'step', held: true, blocksParent: true, parentTaskId: task })
  const { subtask: child } = await add('--hold', '--priority', '7', '--blocks', 'A child')
  expect(child).toMatchObject({ taskType: 'child', priority: 7, blocksParent: true })
  expect(await place.json(['task', 'subtask', 'list', task])).toEqual(
    await answered(`/api/tasks/${task}/subtasks`),
  )
  const { out } = await place.optio(['task', 'subtask', 'list', task])
  expect(out).toMatch(/1 +step +pending \(held\) +yes +Then \\u\{1b\}\[2J[\s\S]+child +pending/)
  expect(await place.json(['task', 'subtask', 'status', task])).toMatchObject({ total: 2, pending: 2 })
  expect((await place.optio(['task', 'subtask', 'status', task])).out).toMatch(/all complete +no/)
  // Held until a person runs it; short ids of subtasks are found too.
  expect((await place.optio(['task', 'show', second.id.slice(-8)])).out).toContain('run-now')
  expect(await place.json(['task', 'run-now', second.id.slice(-8)])).toMatchObject({ task: { held: false } })
  expect((await place.optio(['task', 'show', task])).out).toMatch(/steps +0 of 1 completed/)
  expect(await place.optio(['task', 'subtask', 'add', task, '--kind', 'other', 'x'])).toMatchObject({
    code: 2,
  })
  expect(await place.optio(['task', 'subtask', 'add', 'ffffffff', 'x'])).toMatchObject({ code: 3 })
  for (const { id } of [second, child]) await place.optio(['task', 'cancel', id])
})

it('lists tasks by when and by whom they were created, and by their parent', async () => {
  const idsOf = async (...args: string[]) =>
    (await place.json<{ tasks: Task[] }>(['task', 'list', ...args])).tasks.map(({ id }) => id)
  const { createdAt } = (await place.json<{ task: Task }>(['task', 'show', task])).task
  expect(await idsOf('--since', createdAt, '--until', createdAt)).toEqual([task])
  expect(await idsOf('--since', '2000-01-01', '--by', 'local')).toContain(task)
  expect(await idsOf('--until', '2000-01-01')).toEqual([])
  expect(await idsOf('--by', 'nobody')).toEqual([])
  const add = ['task', 'subtask', 'add', task, '--hold', 'Of this one']
  const { subtask } = await place.json<{ subtask: Task }>(add)
  const children = await idsOf('--parent', task.slice(-8))
  expect(children).toContain(subtask.id)
  expect(children).not.toContain(task)
  expect(await place.optio(['task', 'list', '--since', 'lately'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('since'),
  })
  expect(await place.optio(['task', 'list', '--parent', 'ffffffff'])).toMatchObject({ code: 3 })
  await place.optio(['task', 'cancel', subtask.id])
})

it('creates a task with its retries and metadata, and sends no metadata that is none', async () => {
  const create = ['task', 'new', '--repo', 'sample', '--title', 'With metadata']
  const made = await place.json<{ task: Task }>([
    ...create,
    '--max-retries',
    '0',
    '--metadata',
    '{"ticket":{"number":42}}',
    'x',
  ])
  expect(made.task).toMatchObject({ maxRetries: 0, metadata: { ticket: { number: 42 } } })
  const file = join(place.root, 'metadata.json')
  writeFileSync(file, '{"from":"a file"}')
  for (const [given, metadata] of [
    [file, { from: 'a file' }],
    [' {"said":true}', { said: true }],
  ] as const) {
    const change = ['task', 'edit', made.task.id, '--metadata', given]
    expect((await place.json<{ task: Task }>(change)).task).toMatchObject({ metadata })
  }
  const before = await answered('/api/tasks/stats')
  for (const [given, why] of [
    ['{"ticket":', 'is no JSON'],
    ['[1]', 'must be a JSON object'],
    ['null', 'null cannot be read'],
  ] as const) {
    expect(await place.optio([...create, '--metadata', given, 'x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(why),
    })
  }
  expect(await place.optio([...create, '--max-retries', 'many', 'x'])).toMatchObject({ code: 2 })
  expect(await place.optio([...create, '--max-retries', '99', 'x'])).toMatchObject({ code: 2 })
  expect(await answered('/api/tasks/stats')).toMatchObject({
    stats: { total: (before as { stats: { total: number } }).stats.total },
  })
  await place.optio(['task', 'cancel', made.task.id])
})

it('writes the whole log as a file, in each format', async () => {
  const { id } = (
    await place.json<{ task: Task }>([
      'task',
      'new',
      '--repo',
      'sample',
      steps(['count', 3000], ['say', '漢字 \u001b[2J']),
    ])
  ).task
  await place.optio(['task', 'wait', id])
  for (const format of ['json', 'plaintext', 'markdown']) {
    const file = await (await fetch(`${url}/api/tasks/${id}/logs/export?format=${format}`)).text()
    expect(file).toContain('line 3000')
    expect(await place.optio(['task', 'logs', id.slice(-8), '--export', format])).toEqual({
      code: 0,
      out: file,
      err: '',
    })
  }
  const asJson = ['task', 'logs', id, '--json', '--export']
  expect(JSON.parse((await place.optio([...asJson, 'json'])).out)).toMatchObject({ taskId: id })
  expect(await place.optio([...asJson, 'markdown'])).toMatchObject({ code: 2, out: '' })
  for (const args of [['pdf'], ['json', '--follow'], ['json', '--limit', '5']]) {
    expect(await place.optio(['task', 'logs', id, '--export', ...args])).toMatchObject({ code: 2, out: '' })
  }
  expect(await place.optio(['task', 'logs', 'ffffffff', '--export', 'json'])).toMatchObject({ code: 3 })
})

it('adds dependencies, all of them or none, and takes them away', async () => {
  await place.optio(['pause'])
  const [one, two, three] = [await make('One'), await make('Two'), await make('Three')]
  const depend = ['task', 'depend']
  const added = await place.json([...depend, 'add', three, one.slice(-8), two])
  expect(added).toEqual(await answered(`/api/tasks/${three}/dependencies`))
  expect(await place.json([...depend, 'list', three])).toEqual(added)
  expect(await place.json([...depend, 'list', one, '--dependents'])).toEqual(
    await answered(`/api/tasks/${one}/dependents`),
  )
  expect((await place.optio([...depend, 'list', one, '--dependents'])).out).toMatch(/waiting_on_deps +Three/)
  expect(await place.optio([...depend, 'add', one, three])).toMatchObject({
    code: 2,
    err: expect.stringContaining('DEPENDENCY_CYCLE'),
  })
  expect(await place.optio([...depend, 'add', task, one])).toMatchObject({ code: 4 })
  expect(await place.optio([...depend, 'remove', three, one.slice(-8)])).toMatchObject({ code: 0 })
  expect(await place.optio([...depend, 'remove', three, one.slice(-8)])).toMatchObject({
    code: 3,
    err: expect.stringContaining('DEPENDENCY_NOT_FOUND'),
  })
  expect((await place.optio([...depend, 'list', three])).out).not.toContain('One')
  for (const id of [one, two, three]) await place.optio(['task', 'cancel', id])
  await place.optio(['unpause'])
})

it('puts waiting tasks in order, changes them, and queues failed ones again', async () => {
  await place.optio(['pause'])
  const [one, two] = [await make('One'), await make('Two')]
  expect(await place.json(['task', 'reorder', two, one.slice(-8)])).toMatchObject({ ok: true })
  const edited = await place.json(['task', 'edit', one, '--title', 'First', '--budget', '2.50'])
  expect(edited).toMatchObject({ task: { title: 'First' } })
  expect(await place.json(['task', 'edit', one, '--budget', ''])).toMatchObject({ task: { budgetUsd: null } })
  expect(await place.optio(['task', 'edit', one])).toMatchObject({ code: 2 })
  expect(await place.optio(['task', 'cancel-active'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--yes'),
  })
  expect(await place.json(['task', 'retry-failed'])).toMatchObject({ retried: expect.any(Number) })
  for (const id of [one, two]) await place.optio(['task', 'cancel', id])
  await place.optio(['unpause'])
})

it('comments, changes a comment, and removes it', async () => {
  const evil = 'Look\u001b[2J at this'
  const added = await place.optio(['task', 'comment', 'add', task, '--json'], { input: evil })
  const { comment } = JSON.parse(added.out) as { comment: Comment }
  expect(comment.content).toBe(evil)
  expect(await place.json(['task', 'comment', 'list', task])).toEqual(
    await answered(`/api/tasks/${task}/comments`),
  )
  const { out } = await place.optio(['task', 'comment', 'list', task])
  expect(out).toContain('Look\\u{1b}[2J at this')
  const end = comment.id.slice(-8)
  expect(await place.json(['task', 'comment', 'edit', task, end, 'Other', 'words'])).toMatchObject({
    comment: { content: 'Other words' },
  })
  expect(await place.optio(['task', 'comment', 'edit', task, end])).toMatchObject({ code: 2 })
  expect(await place.optio(['task', 'comment', 'remove', task, end])).toMatchObject({ code: 2 })
  expect(await place.optio(['task', 'comment', 'remove', task, end, '--yes'])).toMatchObject({ code: 0 })
  expect(await place.optio(['task', 'comment', 'remove', task, end, '--yes'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('COMMENT_NOT_FOUND'),
  })
})

it('creates once for a key, and refuses the key for another body', async () => {
  const comment = (words: string) =>
    place.optio(['task', 'comment', 'add', task, words, '--idempotency-key', 'k-1', '--json'])
  const first = await comment('Once')
  expect(first).toMatchObject({ code: 0 })
  expect(await comment('Once')).toEqual(first)
  expect(await comment('Twice')).toMatchObject({
    code: 4,
    err: expect.stringContaining('IDEMPOTENCY_KEY_REUSED'),
  })
  const { comments } = await place.json<{ comments: Comment[] }>(['task', 'comment', 'list', task])
  expect(comments.filter(({ content }) => content === 'Once')).toHaveLength(1)
})

it('tells that an agent takes no messages, and what was said', async () => {
  const waiting = (await place.optio(['task', 'new', steps(['wait'])], { cwd: repository })).out.trim()
  await until('it runs', async () => {
    const { task: now } = await place.json<{ task: Task }>(['task', 'show', waiting])
    return now.state === 'running'
  })
  expect(await place.optio(['task', 'message', waiting, 'Stop', '--interrupt'])).toMatchObject({
    code: 4,
    err: expect.stringContaining('MESSAGES_NOT_TAKEN'),
  })
  const listed = await place.json<{ canSend: boolean; why: string }>(['task', 'messages', waiting])
  expect(listed).toMatchObject({ messages: [], canSend: false })
  expect((await place.optio(['task', 'messages', waiting])).err).toContain(listed.why)
  await place.optio(['task', 'cancel', waiting])
})

it('has an agent review a pull request, and finds the review by part of its id', async () => {
  await place.optio(['pause'])
  const asked = await place.optio(['task', 'request-review', task, '--prompt', 'Look at the names.'])
  expect(asked).toMatchObject({ code: 0, err: expect.stringContaining('/tasks/') })
  const id = asked.out.trim()
  // The same head is reviewed once.
  expect(await place.json(['task', 'request-review', task])).toEqual({ reviewTaskId: id })
  expect((await place.optio(['task', 'show', id.slice(-8)])).out).toMatch(/kind +review/)
  expect((await place.optio(['task', 'subtask', 'list', task])).out).toContain('review')
  await place.optio(['task', 'cancel', id.slice(-8)])
  const without = (await place.optio(['task', 'new', 'x'], { cwd: repository })).out.trim()
  expect(await place.optio(['task', 'request-review', without])).toMatchObject({
    code: expect.toBeOneOf([3, 4]),
  })
  await place.optio(['task', 'cancel', without])
  await place.optio(['unpause'])
})

it('shows what happened, of one task and of all, and what people did of it', async () => {
  expect(await place.json(['task', 'activity', task])).toEqual(await answered(`/api/tasks/${task}/activity`))
  const { out } = await place.optio(['activity', '--limit', '1000'])
  expect(out).toContain('The change')
  expect(out).not.toContain('\u001b[2J')
  expect(await place.json(['activity', '--people', '--limit', '3'])).toEqual(
    await answered('/api/activity?byPeople=1&limit=3'),
  )
  const first = await place.json<{ nextCursor: string; activity: { id: string }[] }>([
    'activity',
    '--limit',
    '2',
  ])
  const second = await place.json<typeof first>(['activity', '--limit', '2', '--cursor', first.nextCursor])
  expect(second.activity.map(({ id }) => id)).not.toContain(first.activity[0]?.id)
})

it('cancels everything that waits or runs', async () => {
  expect(await place.json(['task', 'cancel-active', '--yes'])).toMatchObject({
    cancelled: expect.any(Number),
  })
})
