import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Run, Standalone, Task, Trigger } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Place, until } from './support/place.ts'

const AGENT = fileURLToPath(new URL('./fixtures/agent.mjs', import.meta.url))

let place: Place
let url: string
let repository: string

beforeAll(async () => {
  place = await Place.make()
  url = await place.startServer()
  repository = await place.repository('sample')
  const command = ['--agent-command', process.execPath, AGENT]
  const added = await place.optio(['repo', 'add', 'sample', '--test', 'true', ...command])
  expect(added).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await place?.close()
})

const steps = (...list: (readonly unknown[])[]) => `DO ${JSON.stringify(list)}`

async function answered(path: string): Promise<unknown> {
  return await (await fetch(`${url}${path}`)).json()
}

const SCHEMA = {
  type: 'object',
  properties: {
    what: { type: 'string', minLength: 2 },
    count: { type: 'integer', default: 2 },
    loud: { type: 'boolean' },
    list: { type: 'array', items: { type: 'string' } },
  },
  required: ['what'],
}

/** Saves a standalone task; answers its id. */
async function standalone(name: string, prompt: string, ...options: string[]): Promise<string> {
  writeFileSync(join(place.root, 'schema.json'), JSON.stringify(SCHEMA))
  const created = await place.optio([
    ...['standalone', 'create', prompt, '--name', name, '--params-schema', 'schema.json', ...options],
    ...['--agent-command', process.execPath, AGENT],
  ])
  expect(created).toMatchObject({ code: 0, err: expect.stringContaining('optio run start') })
  return created.out.trim()
}

describe('a standalone task', () => {
  it('is created from options, from a file, or from both, and shown as the interface answers it', async () => {
    const id = await standalone(
      'Notes',
      steps(['say', 'working'], ['conclude', '{{ what }} × {{ count }}']),
      '--title',
      'Notes on {{ what }}',
    )
    expect(await place.json(['standalone', 'show', 'Notes'])).toEqual(await answered(`/api/tasks/${id}`))
    expect((await place.optio(['standalone', 'show', id.slice(-8)])).out).toMatch(
      /title +Notes on \{\{ what \}\}/,
    )

    writeFileSync(
      join(place.root, 'other.json'),
      JSON.stringify({
        name: 'From a file',
        prompt: 'Look around',
        agentType: 'command',
        agentCommand: ['true'],
        environmentSpec: { env: { A: '1' }, setupCommands: 'true' },
      }),
    )
    const options = ['--env', 'B=2=3', '--max-time', '30m', '--disabled']
    const { task } = await place.json<{ task: Standalone }>([
      'standalone',
      'create',
      '--file',
      'other.json',
      ...options,
    ])
    expect(task).toMatchObject({
      name: 'From a file',
      prompt: 'Look around',
      enabled: false,
      environmentSpec: { env: { B: '2=3' }, setupCommands: 'true', maxAttemptMs: 1_800_000 },
    })
    const fromStdin = await place.optio(
      ['standalone', 'create', '--file', '-', '--name', 'By stdin', '--json'],
      {
        input: JSON.stringify({ prompt: 'x', agentType: 'command', agentCommand: ['true'] }),
      },
    )
    expect(JSON.parse(fromStdin.out)).toMatchObject({ task: { name: 'By stdin', prompt: 'x' } })
    expect(await place.json(['standalone', 'list', '--limit', '2'])).toEqual(
      await answered('/api/tasks?type=standalone&limit=2'),
    )
    expect((await place.optio(['standalone', 'list'])).out).toMatch(
      /By stdin[\s\S]+From a file +no[\s\S]+Notes +yes/,
    )
    expect((await place.optio(['task', 'list', '--type', 'all'])).out).toMatch(
      /standalone +disabled +From a file/,
    )
  })

  it('is refused with the words of the server, or before it is asked', async () => {
    const create = (...args: string[]) => place.optio(['standalone', 'create', ...args])
    expect(await create('x', '--name', 'No agent')).toMatchObject({
      code: 2,
      err: expect.stringContaining('agentType'),
    })
    expect(await create('{{ x', '--agent', 'command')).toMatchObject({
      code: 2,
      err: expect.stringContaining('TEMPLATE_INVALID'),
    })
    expect(await create('x', '--file', 'missing.json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('ENOENT'),
    })
    expect(await create('x', '--env', 'bare')).toMatchObject({ code: 2 })
    expect(await create('-', '--file', '-')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Standard input'),
    })
    for (const verb of ['show', 'enable', 'delete']) {
      expect(await place.optio(['standalone', verb, 'nothing'])).toMatchObject({
        code: 3,
        err: expect.stringContaining('optio standalone list'),
      })
    }
    expect(await place.optio(['standalone', 'edit', 'Notes'])).toMatchObject({ code: 2 })
    expect(await place.optio(['standalone', 'delete', 'Notes'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes'),
    })
  })

  it('is changed, disabled and enabled; an empty value takes a setting back', async () => {
    const id = await standalone(
      'Changing',
      'x',
      '--title',
      'One',
      '--max-turns',
      '5',
      '--setup',
      'true',
      '--env',
      'A=1',
    )
    const edited = await place.json<{ task: Standalone }>([
      ...[
        'standalone',
        'edit',
        'Changing',
        '--title',
        '',
        '--max-turns',
        '',
        '--setup',
        '',
        '--max-concurrent',
        '7',
      ],
    ])
    expect(edited).toEqual({ task: ((await answered(`/api/tasks/${id}`)) as { task: Standalone }).task })
    expect(edited.task).toMatchObject({
      title: 'Changing',
      maxTurns: null,
      maxConcurrent: 7,
      environmentSpec: { env: { A: '1' } },
    })
    expect(await place.json(['standalone', 'disable', 'Changing'])).toMatchObject({
      task: { enabled: false },
    })
    expect(await place.optio(['run', 'start', 'Changing', 'what=it'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('TASK_DISABLED'),
    })
    expect(await place.optio(['standalone', 'enable', 'Changing'])).toMatchObject({ code: 0 })
    expect(await place.optio(['standalone', 'delete', id.slice(-8), '--yes'])).toMatchObject({ code: 0 })
    expect(await place.optio(['standalone', 'show', id])).toMatchObject({ code: 3 })
  })
})

describe('a run', () => {
  it('starts with parameters as words, from a file or standard input, each read as the schema says', async () => {
    const words = ['what=77', 'count=3', 'loud=true', 'list=["a"]']
    const { runId, type } = await place.json<{ runId: string; type: string }>([
      'run',
      'start',
      'Notes',
      ...words,
    ])
    expect(type).toBe('workflow-run')
    const { run } = await place.json<{ run: Run }>(['run', 'show', runId])
    expect(run).toMatchObject({
      title: 'Notes on 77',
      params: { what: '77', count: 3, loud: true, list: ['a'] },
    })

    writeFileSync(join(place.root, 'params.json'), JSON.stringify({ what: 'file', count: 1 }))
    const previewed = (...args: string[]) =>
      place.json<{ title: string }>(['run', 'preview', 'Notes', ...args])
    expect(await previewed('--params', 'params.json', 'what:="words"')).toMatchObject({
      title: 'Notes on words',
    })
    const piped = await place.optio(['run', 'preview', 'Notes', '--params', '-'], {
      input: '{"what":"stdin"}',
    })
    expect(piped).toMatchObject({
      code: 0,
      err: 'Notes on stdin\n',
      out: expect.stringContaining('stdin × 2'),
    })
  })

  it('is waited for until it is completed, and its output is printed', async () => {
    const { code, out } = await place.optio(['run', 'start', 'Notes', 'what=it', '--follow'])
    expect(code).toBe(0)
    const id = (out.split('\n')[0] ?? '').trim()
    expect(out).toContain('working')
    const { run } = await place.json<{ run: Run }>(['run', 'show', id.slice(-8)])
    expect({ run }).toEqual(await answered(`/api/tasks/${run.taskId}/runs/${id}`))
    expect(run.state).toBe('completed')
    expect((await place.optio(['run', 'output', id.slice(-8)])).out).toBe('it × 2\n')
    expect(await place.json(['run', 'list', 'Notes'])).toEqual(
      await answered(`/api/tasks/${run.taskId}/runs`),
    )
    expect((await place.optio(['run', 'list', 'Notes'])).out).toMatch(
      /completed +Notes on it +\{"what":"it","count":2\}/,
    )
    // By the words for tasks, too.
    for (const verb of ['show', 'logs', 'attempts', 'events', 'activity', 'wait']) {
      expect(await place.optio(['task', verb, id.slice(-8)])).toMatchObject({ code: 0 })
    }
  })

  it('that fails or is cancelled ends with the code for that', async () => {
    await standalone('Fails', steps(['fail']), '--max-retries', '0')
    expect(await place.optio(['run', 'start', 'Fails', 'what=it', '--wait'])).toMatchObject({ code: 6 })
    await standalone('Waits', steps(['wait']))
    const waiting = (await place.optio(['run', 'start', 'Waits', 'what=it'])).out.trim()
    expect(await place.optio(['run', 'wait', waiting.slice(-8), '--timeout', '100ms'])).toMatchObject({
      code: 9,
    })
    expect(await place.optio(['run', 'output', waiting])).toMatchObject({
      code: 3,
      err: expect.stringContaining('NO_OUTPUT'),
    })
    expect(await place.optio(['task', 'cancel', waiting.slice(-8)])).toMatchObject({ code: 0 })
    expect(await place.optio(['run', 'follow', waiting])).toMatchObject({ code: 8 })
  })

  it('is refused: wrong parameters with their path, and what is no definition', async () => {
    const start = (...args: string[]) => place.optio(['run', 'start', ...args])
    expect(await start('Notes')).toMatchObject({ code: 2, err: expect.stringContaining('PARAMS_INVALID') })
    const { code, err } = await start('Notes', 'what=it', 'count=many', '--json')
    expect({ code, error: JSON.parse(err) }).toMatchObject({
      code: 2,
      error: { code: 'PARAMS_INVALID', details: [{ path: 'params.count' }] },
    })
    expect(await start('Notes', 'bare')).toMatchObject({ code: 2, err: expect.stringContaining('key=value') })
    expect(await start('Notes', 'what:={')).toMatchObject({ code: 2 })
    expect(await start('nothing')).toMatchObject({ code: 3 })
    const { tasks } = await place.json<{ tasks: Standalone[] }>(['task', 'list', '--type', 'standalone'])
    const definition = tasks[0]?.id ?? ''
    expect((await place.optio(['task', 'show', definition])).out).toContain('standalone')
    for (const verb of ['wait', 'cancel', 'logs']) {
      expect(await place.optio(['task', verb, definition])).toMatchObject({
        code: 4,
        err: expect.stringContaining('WRONG_TASK_TYPE'),
      })
    }
  })

  it('of a blueprint is a task in its repository', async () => {
    const create = ['blueprint', 'create', '--name', 'Mend', '--title', 'Mend {{ module }}']
    const prompt = steps(['write', 'a.txt', '{{ module }}\n'], ['commit', 'Mend'])
    const created = await place.optio([...create, prompt], { cwd: repository })
    const id = created.out.trim()
    expect(await place.json(['blueprint', 'list', '--repo', 'sample'])).toEqual(
      await answered(`/api/tasks?type=repo-blueprint&repoUrl=${encodeURIComponent(repository)}`),
    )
    const { runId } = await place.json<{ runId: string }>(['run', 'start', 'Mend', 'module=parser'])
    expect(await place.optio(['run', 'wait', runId])).toMatchObject({ code: 7 })
    const { run } = await place.json<{ run: Task }>(['run', 'show', runId.slice(-8)])
    expect(run).toMatchObject({ title: 'Mend parser', state: 'pr_opened', blueprintId: id })
    expect(await place.optio(['blueprint', 'edit', 'Mend', '--prompt', 'Other'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/prompt +Other/),
    })
    expect(
      await place.optio([
        'blueprint',
        'show',
        (await place.json<{ tasks: { id: string }[] }>(['standalone', 'list'])).tasks[0]?.id ?? '',
      ]),
    ).toMatchObject({
      code: 4,
      err: expect.stringContaining('WRONG_TASK_TYPE'),
    })
    expect(await place.optio(['blueprint', 'delete', 'Mend', '--yes'])).toMatchObject({ code: 0 })
    expect(await place.optio(['task', 'show', runId])).toMatchObject({ code: 0 })
    expect(await place.optio(['run', 'show', runId])).toMatchObject({ code: 3 })
  })
})

describe('a trigger', () => {
  const trigger = (...args: string[]) => place.json<{ trigger: Trigger }>(['trigger', ...args])

  it('by schedule is added, previewed, changed and removed', async () => {
    const zone = ['--timezone', 'Europe/Berlin']
    const { trigger: added } = await trigger(
      'add',
      'schedule',
      'Notes',
      '0 9 * * 1',
      ...zone,
      '--overlap',
      'queue',
    )
    expect(added).toMatchObject({
      type: 'schedule',
      config: { cronExpression: '0 9 * * 1', timezone: 'Europe/Berlin', overlap: 'queue' },
    })
    expect(added.nextFireTimes).toHaveLength(5)
    const { nextFireTimes } = await place.json<{ nextFireTimes: string[] }>([
      'trigger',
      'preview',
      '0 9 * * 1',
      ...zone,
    ])
    expect(nextFireTimes[0]).toBe(added.nextFireAt)
    const end = added.id.slice(-8)
    expect((await place.optio(['trigger', 'list', 'Notes'])).out).toMatch(
      /schedule +yes +0 9 \* \* 1 Europe\/Berlin/,
    )
    const { trigger: edited } = await trigger('edit', 'Notes', end, '--cron', '30 8 * * *', '--overlap', '')
    expect(edited.config).toEqual({ cronExpression: '30 8 * * *', timezone: 'Europe/Berlin' })
    expect(await trigger('disable', 'Notes', end)).toMatchObject({
      trigger: { enabled: false, nextFireAt: null },
    })
    expect(await trigger('enable', 'Notes', end)).toMatchObject({ trigger: { enabled: true } })
    expect(await place.json(['trigger', 'list', 'Notes'])).toEqual(
      await answered(`/api/tasks/${added.targetId}/triggers`),
    )
    expect(await place.optio(['trigger', 'remove', 'Notes', end])).toMatchObject({ code: 2 })
    expect(await place.optio(['trigger', 'remove', 'Notes', end, '--yes'])).toMatchObject({ code: 0 })
    expect(await place.optio(['trigger', 'firings', 'Notes', end])).toMatchObject({ code: 3 })
  })

  it('by webhook keeps its secret to itself, and tells what its firings came to', async () => {
    const add = [
      'trigger',
      'add',
      'webhook',
      'Notes',
      'notes',
      '--secret-file',
      '-',
      '--map',
      'what=issue.title',
    ]
    const added = await place.optio([...add, '--json'], { input: 'very secret\n' })
    expect(added).toMatchObject({ code: 0 })
    expect(added.out).not.toContain('very secret')
    expect(JSON.parse(added.out)).toMatchObject({
      trigger: { config: { path: 'notes', hasSecret: true }, hookUrl: `${url}/api/hooks/notes` },
    })
    const post = async (body: unknown) =>
      await fetch(`${url}/api/hooks/notes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await post({})).status).toBe(401)
    // The other settings stay when one changes.
    const edited = await trigger('edit', 'Notes', 'notes', '--overlap', 'skip')
    expect(edited.trigger.config).toMatchObject({ path: 'notes', hasSecret: true, overlap: 'skip' })
    expect((await trigger('edit', 'Notes', 'notes', '--no-secret')).trigger.config.hasSecret).toBe(false)
    const fired = await post({ issue: { title: 'the parser' } })
    expect(fired.status).toBe(202)
    const { runId } = (await fired.json()) as { runId: string }
    await until(
      'it is finished',
      async () => (await place.optio(['run', 'wait', runId, '--timeout', '1s'])).code === 0,
    )
    const id = edited.trigger
    expect(await place.json(['trigger', 'firings', 'Notes', 'notes'])).toEqual(
      await answered(`/api/tasks/${id.targetId}/triggers/${id.id}/firings`),
    )
    expect((await place.optio(['trigger', 'firings', 'Notes', 'notes'])).out).toContain(runId.slice(-8))
  })

  it('is refused: what it cannot be, or have', async () => {
    expect(await place.optio(['trigger', 'add', 'schedule', 'Notes', 'never'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('VALIDATION'),
    })
    expect(await place.optio(['trigger', 'add', 'webhook', 'Notes', 'notes'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('TRIGGER_PATH_TAKEN'),
    })
    expect(await place.optio(['trigger', 'edit', 'Notes', 'notes', '--cron', '0 9 * * 1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no such setting'),
    })
    expect(await place.optio(['trigger', 'edit', 'Notes', 'notes'])).toMatchObject({ code: 2 })
    expect(await place.optio(['trigger', 'edit', 'Notes', 'other', '--map', 'a=b'])).toMatchObject({
      code: 3,
    })
    expect(await place.optio(['trigger', 'list', 'nothing'])).toMatchObject({ code: 3 })
  })
})
