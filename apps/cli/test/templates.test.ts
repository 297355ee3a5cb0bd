import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PromptTemplate, Task, TaskTemplate } from '@optio/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Place } from './support/place.ts'

let place: Place
let url: string
let repository: string

beforeAll(async () => {
  place = await Place.make()
  url = await place.startServer()
  repository = await place.repository('sample')
  expect(await place.optio(['repo', 'add', 'sample', '--agent-command', 'true'])).toMatchObject({ code: 0 })
  await place.optio(['pause'])
})
afterAll(async () => {
  await place?.close()
})

async function answered(path: string): Promise<unknown> {
  return await (await fetch(`${url}${path}`)).json()
}

it('creates a prompt template from a file, shows, renders, changes and deletes it', async () => {
  writeFileSync(join(place.root, 'mine.liquid'), 'Do {{ task }} for {{ who }}.\u001b[2J\n{{ rules }}\n')
  const { template } = await place.json<{ template: PromptTemplate }>(['template', 'create', 'mine.liquid'])
  expect(template).toMatchObject({ name: 'mine', kind: 'prompt', isDefault: false, repoUrl: null })
  const end = template.id.slice(-8)
  expect(await place.json(['template', 'show', 'mine'])).toEqual(
    await answered(`/api/prompt-templates/${template.id}`),
  )
  expect((await place.optio(['template', 'show', end, '--text'])).out).toBe(
    'Do {{ task }} for {{ who }}.\\u{1b}[2J\n{{ rules }}\n',
  )
  expect(await place.json(['template', 'list', '--kind', 'prompt'])).toEqual(
    await answered('/api/prompt-templates?kind=prompt'),
  )
  expect((await place.optio(['template', 'list'])).out).toMatch(/prompt +no +mine +all/)
  expect((await place.optio(['template', 'preview', 'mine', 'who=me', 'task=this'])).out).toContain(
    'Do this for me.',
  )
  expect(await place.optio(['template', 'preview', 'mine'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('who'),
  })

  expect((await place.optio(['template', 'effective'])).err).toContain('built in')
  const edited = await place.json([
    'template',
    'edit',
    end,
    '--default',
    '--repo',
    'sample',
    '--description',
    'Ours',
  ])
  expect(edited).toMatchObject({ template: { isDefault: true, repoUrl: repository, description: 'Ours' } })
  const effective = ['template', 'effective', 'prompt', '--repo', 'sample']
  expect(await place.json(effective)).toEqual(
    await answered(`/api/prompt-templates/effective?kind=prompt&repoUrl=${encodeURIComponent(repository)}`),
  )
  expect((await place.optio(effective)).out).toContain('Do {{ task }} for {{ who }}.')
  expect((await place.optio([...effective, '--built-in'])).out).not.toContain('{{ who }}')
  expect((await place.optio([...effective, '--variables'])).out).toContain('rules')

  const changed = await place.optio(['template', 'edit', 'mine', '--file', '-', '--json'], {
    input: 'Other {{ task }}',
  })
  expect(JSON.parse(changed.out)).toMatchObject({ template: { template: 'Other {{ task }}' } })
  expect(await place.optio(['template', 'delete', 'mine'])).toMatchObject({ code: 2 })
  expect(await place.optio(['template', 'delete', 'mine', '--yes'])).toMatchObject({ code: 0 })
  expect(await place.optio(['template', 'show', template.id])).toMatchObject({ code: 3 })
})

it('renders a text that is not saved, and refuses one that cannot be read', async () => {
  const preview = (input: string, ...args: string[]) =>
    place.optio(['template', 'preview-text', '-', ...args], { input })
  expect(await preview('{{ a }}-{{ b.c }}', 'a=1', 'b:={"c":2}')).toMatchObject({ code: 0, out: '1-2\n' })
  expect(await preview('{{ a')).toMatchObject({ code: 2, err: expect.stringContaining('TEMPLATE_INVALID') })
  expect(await preview('x', '--kind', 'nothing')).toMatchObject({ code: 2 })
  const create = (...args: string[]) =>
    place.optio(['template', 'create', '-', ...args], { input: '{% if %}' })
  expect(await create()).toMatchObject({ code: 2, err: expect.stringContaining('--name') })
  expect(await create('--name', 'Broken')).toMatchObject({
    code: 2,
    err: expect.stringContaining('TEMPLATE_INVALID'),
  })
  for (const verb of ['show', 'edit', 'preview']) {
    expect(await place.optio(['template', verb, 'nothing'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('optio template list'),
    })
  }
})

it('creates a task from a task template, and what is said goes over it', async () => {
  const create = ['task-template', 'create', '--name', 'Update', '--title', 'Update all', '--repo', 'sample']
  const { template } = await place.json<{ template: TaskTemplate }>([
    ...create,
    '--priority',
    '7',
    'Update',
    'it',
  ])
  expect(template).toMatchObject({ name: 'Update', prompt: 'Update it', repoUrl: repository, priority: 7 })
  expect(await place.json(['task-template', 'show', 'Update'])).toEqual(
    await answered(`/api/task-templates/${template.id}`),
  )
  expect(await place.json(['task-template', 'list', '--repo', 'sample'])).toEqual(
    await answered(`/api/task-templates?repoUrl=${encodeURIComponent(repository)}`),
  )
  const made = await place.json<{ task: Task }>(['task', 'new', '--template', 'Update'])
  expect(made.task).toMatchObject({
    title: 'Update all',
    prompt: 'Update it',
    repoUrl: repository,
    priority: 7,
  })
  const other = ['task', 'new', '--template', template.id.slice(-8), '--title', 'Mine', 'Update', 'that']
  expect(await place.json(other)).toMatchObject({
    task: { title: 'Mine', prompt: 'Update that', priority: 7 },
  })

  expect(
    await place.json(['task-template', 'edit', 'Update', '--priority', '', '--title', '', '--prompt', 'New']),
  ).toMatchObject({ template: { priority: null, title: null, prompt: 'New' } })
  expect(await place.optio(['task', 'new', '--template', 'nothing', 'x'])).toMatchObject({
    code: 3,
    err: expect.stringContaining('TEMPLATE_NOT_FOUND'),
  })
  expect(await place.optio(['task-template', 'create', 'x'])).toMatchObject({ code: 2 })
  expect(await place.optio(['task-template', 'delete', 'Update', '--yes'])).toMatchObject({ code: 0 })
  expect(await place.optio(['task-template', 'show', 'Update'])).toMatchObject({ code: 3 })
})

it('shows the first steps and declares them done', async () => {
  expect(await place.json(['setup', 'status'])).toEqual(await answered('/api/setup/status'))
  expect((await place.optio(['setup', 'status'])).out).toContain('✓ Connect a repository')
  expect(await place.json(['setup', 'complete'])).toEqual({ ok: true })
  expect(await place.json(['setup', 'status'])).toMatchObject({ isSetUp: true })
})

it('shows and changes for how long things are kept', async () => {
  expect((await place.optio(['retention', 'show'])).out).toMatch(/logsDays +for ever/)
  const changed = await place.json(['retention', 'set', 'logsDays=90', 'eventsDays=30'])
  expect(changed).toMatchObject({ retention: { logsDays: 90, eventsDays: 30, deliveriesDays: null } })
  expect(await place.json(['retention', 'show'])).toEqual(changed)
  expect(await place.json(['retention', 'set', 'eventsDays='])).toMatchObject({
    retention: { eventsDays: null },
  })
  for (const word of ['logsDays', 'logsDays=soon', 'other=1', 'logsDays=0']) {
    expect(await place.optio(['retention', 'set', word])).toMatchObject({ code: 2 })
  }
})
