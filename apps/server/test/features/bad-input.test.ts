import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Repo, Task } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
let task: Task
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
  task = await optio.task(repo)
})
afterAll(() => optio.close())

/** Everything there is, as one value: a refused request changes none of it. */
async function contents(): Promise<unknown> {
  const { rows } = await optio.database.orm.execute(sql`
    select (select count(*) from runs) as runs, (select count(*) from events) as events,
           (select count(*) from repositories) as repositories, (select count(*) from pull_request_reviews) as reviews,
           (select max(version) from runs) as version, (select max(updated_at) from repositories) as edited`)
  return rows
}

async function send(method: string, path: string, body: string): Promise<{ status: number; body: unknown }> {
  return await optio.raw(path, { method, headers: { 'content-type': 'application/json' }, body })
}

/** One field of `POST /api/tasks` at a time; JSON text, because not all of it can be made from values. */
const BAD_TASK_FIELDS: Readonly<Record<string, readonly string[]>> = {
  type: ['"nope"', '1', 'null', '["repo-task"]'],
  title: ['1', '{}', '""', '"  \\n "', '"a\\u0000b"', '"\\ud800"', '"\\udc00x"', `"${'x'.repeat(501)}"`],
  name: ['1', '""', '"\\u0000"'],
  prompt: ['1', 'null', '""', '" \\n\\t "', '[]', '"a\\u0000"', '"\\ud83d"'],
  description: ['1', '"\\u0000"', '{}'],
  agentType: ['"nope"', '1', '""', '"Claude"'],
  model: ['""', '1', '"\\u0000"'],
  maxRetries: ['-1', '11', '1.5', '"3"', '1e99'],
  priority: ['-1', '1001', '0.5', '"high"', 'true', '1e309'],
  repoUrl: ['1', '""', '[]', '"/a\\u0000b"', `"/${'x'.repeat(5000)}"`],
  repoBranch: [
    ...[
      '""',
      '"-x"',
      '"--upload-pack=x"',
      '"a..b"',
      '"a b"',
      '"a\\nb"',
      '"a\\u0000b"',
      '"a~1"',
      '"a^"',
      '"a:b"',
    ],
    ...[
      '"a?"',
      '"*"',
      '"[a"',
      '"a\\\\b"',
      '"/a"',
      '"a/"',
      '"a//b"',
      '".a"',
      '"a/.b"',
      '"a.lock"',
      '"a."',
      '"@"',
    ],
    ...['"@{-1}"', '"HEAD"', '"$(touch pwned)"', '"\\u001b[31m"', '"\\u007f"', `"${'x'.repeat(300)}"`, '1'],
  ],
  ticketSource: ['1', '""', '"only this one"'],
  ticketExternalId: ['"only this one"', '{}'],
  metadata: [
    '1',
    '"x"',
    '[]',
    '{"a":"\\u0000"}',
    '{"\\u0000":1}',
    '{"a":{"b":["\\ud800"]}}',
    deep(100),
    deep(50_000),
  ],
  dependsOn: ['"x"', '["x"]', '[1]', '[null]', '{}', JSON.stringify(Array(101).fill('0'.repeat(8)))],
  budgetUsd: [
    '1.5',
    '-1',
    '"-1"',
    '"1e3"',
    '"0"',
    '"0.00"',
    '"abc"',
    '"1.0000000001"',
    '"1,5"',
    '"9999999999"',
  ],
  enabled: ['"yes"', '1'],
  paramsSchema: ['[]', '"x"'],
  agentCommand: ['"x"', '[1]', '["\\u0000"]'],
}

function deep(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
}

describe('bad input', () => {
  it('in any field of a task is 400 and names the field; nothing is written and nothing executed', async () => {
    const before = await contents()
    for (const [field, values] of Object.entries(BAD_TASK_FIELDS)) {
      for (const value of values) {
        const fields = { prompt: '"p"', repoUrl: JSON.stringify(repo.repoUrl), [field]: value }
        const text = Object.entries(fields).map(([name, json]) => `${JSON.stringify(name)}:${json}`)
        const answer = await send('POST', '/api/tasks', `{${text.join(',')}}`)
        expect({ field, value: value.slice(0, 60), status: answer.status }).toEqual({
          field,
          value: value.slice(0, 60),
          status: 400,
        })
        expect(answer.body).toMatchObject({ code: 'VALIDATION' })
        expect((answer.body as { error: string }).error).toMatch(
          field.startsWith('ticket') ? /ticket/ : field,
        )
      }
    }
    expect(await contents()).toEqual(before)
    for (const directory of [repo.repoUrl, process.cwd()])
      expect(existsSync(join(directory, 'pwned'))).toBe(false)
  })

  it('in any setting of a repository is 400', async () => {
    const bad: Record<string, readonly string[]> = {
      agentCommand: ['"x"', '[]', '[""]', '[1]', '["a\\u0000"]', JSON.stringify(Array(300).fill('a'))],
      testCommand: ['1', '"\\u0000"', '[]'],
      setupCommands: ['{}', '"\\ud800"'],
      autoMerge: ['"yes"', '1', 'null'],
      mergeMethod: ['"octopus"', 'null'],
      maxAutoResumes: ['-1', '1.5', '1001'],
      maxConcurrentTasks: ['0', '1001', '"2"'],
      stallThresholdMs: ['0', '1e12'],
      maxAttemptMs: ['0', '-5', '99999999999'],
      budgetUsd: ['1', '"0"', '"x"'],
      defaultBranch: ['"-x"', '""', '"a b"', 'null'],
      defaultAgentType: ['"x"', 'null'],
      fullName: ['""', '1'],
      isPrivate: ['"no"'],
    }
    const before = await contents()
    for (const [field, values] of Object.entries(bad)) {
      for (const value of values) {
        const answer = await send('PATCH', `/api/repos/${repo.id}`, `{"${field}":${value}}`)
        expect({ field, value, status: answer.status }).toEqual({ field, value, status: 400 })
        expect((answer.body as { error: string }).error).toContain(field)
      }
    }
    expect(await contents()).toEqual(before)
  })

  it('as an id is 400 at every address that takes one', async () => {
    const ids = [
      '1',
      'x',
      '%00',
      '%0a',
      '%ff',
      '..',
      '%2e%2e%2f',
      `${task.id}x`,
      task.id.replaceAll('-', ''),
      'x'.repeat(5000),
    ]
    const paths: [string, string][] = [
      ['GET', '/api/tasks/:id'],
      ['PATCH', '/api/tasks/:id'],
      ['DELETE', '/api/tasks/:id'],
      ['POST', '/api/tasks/:id/cancel'],
      ['POST', '/api/tasks/:id/resume'],
      ['GET', '/api/tasks/:id/events'],
      ['GET', '/api/tasks/:id/attempts'],
      ['GET', '/api/tasks/:id/pull-request'],
      ['POST', '/api/tasks/:id/pull-request/merge'],
      ['GET', '/api/repos/:id'],
      ['PATCH', '/api/repos/:id'],
      ['DELETE', '/api/repos/:id'],
    ]
    for (const [method, path] of paths) {
      for (const id of ids) {
        const { status } = await optio.raw(path.replace(':id', id), { method })
        // Two dots are no id but another address.
        expect({ method, path, id: id.slice(0, 40), status }).toEqual({
          method,
          path,
          id: id.slice(0, 40),
          status: id === '..' ? expect.toSatisfy((s: number) => (s >= 400 && s < 500) || s === 200) : 400,
        })
      }
    }
  })

  it('in a query is 400', async () => {
    for (const query of [
      'q=%00',
      'repoUrl=%00',
      'createdBy=%00',
      'cursor=%00',
      'cursor=',
      'createdBy=',
      'q=a&q=b',
      `q=${'x'.repeat(1001)}`,
      'since=2026-13-01',
      'since=2026-02-30T00:00:00Z',
      'until=2026-01-01T00:00:00',
      'type=nope',
      'agentType=nope',
      'fields=some',
    ]) {
      const { status, body } = await optio.raw(`/api/tasks?${query}`)
      expect({ query: query.slice(0, 40), status }).toEqual({ query: query.slice(0, 40), status: 400 })
      expect(['VALIDATION', 'INVALID_CURSOR']).toContain((body as { code: string }).code)
    }
    // Times that the database could not read are read before they reach it.
    expect((await optio.raw('/api/tasks?since=2026-01-01T00:00:00%2B23:59')).status).toBe(200)
    expect((await optio.raw('/api/tasks?q=%F0%9F%99%82')).status).toBe(200)
  })

  it('as a whole body is 400', async () => {
    for (const body of ['null', '1', '"x"', '[]', 'true', '{', '{"a":1}x']) {
      for (const [method, path] of [
        ['POST', '/api/tasks'],
        ['POST', '/api/repos'],
        ['POST', '/api/tasks/reorder'],
        ['PATCH', `/api/tasks/${task.id}`],
      ] as const) {
        expect({ path, body, status: (await send(method, path, body)).status }).toEqual({
          path,
          body,
          status: 400,
        })
      }
    }
  })

  it('that is too large is 413', async () => {
    const { status, body } = await send(
      'POST',
      '/api/tasks',
      JSON.stringify({ prompt: 'x'.repeat(5_000_000) }),
    )
    expect(status).toBe(413)
    expect(body).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  })
})
