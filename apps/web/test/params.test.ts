import { ApiError } from '@optio/contract'
import { describe, expect, it } from 'vitest'
import { readSimple, writeSimple } from '../src/pages/automations/form/simple-schema.ts'
import { paramFields } from '../src/pages/automations/params/param-fields.ts'
import { initialValues, paramErrors, readParams } from '../src/pages/automations/params/param-values.ts'
import { cronWords } from '../src/pages/automations/triggers/cron-words.ts'
import { examplePayload } from '../src/pages/automations/triggers/example-payload.ts'

const SCHEMA = {
  type: 'object',
  properties: {
    notes: { type: 'string', maxLength: 5000 },
    count: { type: 'integer', default: 3 },
    ratio: { type: ['number', 'null'] },
    draft: { type: 'boolean', default: true },
    loud: { type: 'boolean' },
    risk: { enum: ['low', 2, null], default: 2 },
    tags: { type: 'array', items: { type: 'string' } },
    options: { type: 'object', properties: { deep: { type: 'number' } } },
    ['__proto__']: { type: 'string', title: 'A name that means something' },
    since: { type: 'string' },
  },
  required: ['since', '__proto__', 'not-there'],
}

describe('the form of a schema', () => {
  it('has a field of the right kind for each property, those that are required first and in their order', () => {
    const fields = paramFields(SCHEMA) ?? []
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['since', 'line'],
      ['__proto__', 'line'],
      ['notes', 'text'],
      ['count', 'integer'],
      ['ratio', 'number'],
      ['draft', 'boolean'],
      ['loud', 'boolean'],
      ['risk', 'choice'],
      ['tags', 'lines'],
      ['options', 'json'],
    ])
    expect(paramFields({ type: 'object', additionalProperties: false })).toEqual([])
    expect(paramFields({ type: 'object' })).toBeNull()
    expect(paramFields(null)).toBeNull()
  })

  it('sends what was filled in with its type, the defaults, and nothing else', () => {
    const fields = paramFields(SCHEMA) ?? []
    const values = new Map([
      ...initialValues(fields),
      ['since', 'today'],
      ['__proto__', 'plain'],
      ['ratio', '-1,5e2'],
      ['tags', ' a \n\nb'],
      ['options', '{ "deep": 1 }'],
    ])
    const { params, problems } = readParams(fields, values)
    expect([...problems]).toEqual([])
    expect(Object.entries(params)).toEqual([
      ['since', 'today'],
      ['__proto__', 'plain'],
      ['count', 3],
      ['ratio', -150],
      ['draft', true],
      ['risk', 2],
      ['tags', ['a', 'b']],
      ['options', { deep: 1 }],
    ])
  })

  it('says what cannot be read or is left out, and a default that was taken away is sent as empty', () => {
    const fields =
      paramFields({
        properties: {
          a: { type: 'string' },
          b: { type: 'integer' },
          c: { type: 'object' },
          d: { type: 'string', default: 'x' },
        },
        required: ['a'],
      }) ?? []
    const { params, problems } = readParams(
      fields,
      new Map([
        ['a', ''],
        ['b', '1.5'],
        ['c', '{'],
        ['d', ''],
      ]),
    )
    expect(Object.fromEntries(problems)).toEqual({
      a: 'is required',
      b: 'must be a whole number',
      c: 'must be JSON',
    })
    expect(params.d).toBe('')
  })

  it('shows each error of the server at its field, also where names have dots, and keeps what fits none', () => {
    const error = new ApiError(400, 'PARAMS_INVALID', 'words', [
      { path: 'params.a.b', message: 'is wrong' },
      { path: 'params.a', message: 'is bad' },
      { path: 'params.list.0.x', message: 'must be number' },
    ])
    const { byName, rest } = paramErrors(error, ['a', 'a.b', 'list'])
    expect(Object.fromEntries(byName)).toEqual({ 'a.b': 'is wrong', a: 'is bad', list: '0.x must be number' })
    expect(rest).toBeNull()
    expect(paramErrors(error, ['a', 'list']).byName.get('a')).toBe('b is wrong')
    expect(paramErrors(error, ['list']).rest).toBe(error)
    const other = new ApiError(409, 'TASK_DISABLED', 'words', undefined)
    expect(paramErrors(other, ['a']).rest).toBe(other)
  })
})

describe('the rows of a schema', () => {
  const rows = [
    { type: 'string', description: 'Who', required: true, byDefault: '' },
    { type: 'text', description: '', required: false, byDefault: 'a\nb' },
    { type: 'integer', description: '', required: false, byDefault: '3' },
    { type: 'boolean', description: '', required: false, byDefault: 'false' },
    { type: 'list', description: '', required: false, byDefault: 'x\ny' },
  ] as const

  it('come back the same, whatever order the keys are in', () => {
    const given = rows.map((row, index) => ({ ...row, key: String(index), name: `p_${index}`, choices: '' }))
    const { json, problems } = writeSimple(given)
    expect(problems.size).toBe(0)
    const turned: unknown = JSON.parse(json, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    )
    const read = readSimple(JSON.stringify(turned)) ?? []
    const byName = read.map(({ key: _, ...row }) => row).sort((a, b) => (a.name < b.name ? -1 : 1))
    expect(byName).toEqual(given.map(({ key: _, ...row }) => row))
  })

  it.each([
    '{ "type": "object", "properties": { "a": { "type": "string", "pattern": "x" } }, "additionalProperties": false }',
    '{ "type": "object", "properties": { "a": { "type": "string" } } }',
    '{ "type": "object", "properties": { "a": { "$ref": "#" } }, "additionalProperties": false }',
    '{ "allOf": [] }',
    '{',
  ])('are none for %s, which says more than they can', (json) => {
    expect(readSimple(json)).toBeNull()
  })
})

describe('words for schedules', () => {
  it.each([
    ['0 9 * * 1-5', 'Monday to Friday at 09:00'],
    ['30 7 * * *', 'Every day at 07:30'],
    ['0 9 * * 7', 'Every Sunday at 09:00'],
    ['0 0 31 * *', 'On day 31 of every month at 00:00'],
    ['*/15 * * * *', 'Every 15 minutes'],
    ['*/7 * * * *', null],
    ['0 9 1 * 1', null],
    ['0 0 9 * * *', null],
    ['0 9 * 2 *', null],
  ])('%s is %s', (cron, words) => {
    expect(cronWords(cron)).toBe(words)
  })
})

describe('the example of a webhook', () => {
  it('has something at each path, with names of objects as plain properties and no long lists', () => {
    const payload = examplePayload({
      a: 'issue.labels.0.name',
      b: '__proto__.x',
      c: 'list.999999999.y',
      d: 'issue.title',
    })
    expect(JSON.stringify(payload)).toBe(
      '{"issue":{"labels":[{"name":"…"}],"title":"…"},"__proto__":{"x":"…"},"list":{"999999999":{"y":"…"}}}',
    )
    expect(({} as Record<string, unknown>).x).toBeUndefined()
  })
})
