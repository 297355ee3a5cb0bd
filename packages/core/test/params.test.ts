import { OptioError } from '@optio/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkParamsSchema, type Params, type ParamsSchema, validateParams } from '../src/params.ts'

function refusalOf(work: () => unknown): { code: string; message: string; details: unknown } {
  try {
    work()
  } catch (error) {
    if (error instanceof OptioError)
      return { code: error.code, message: error.message, details: error.details }
    throw error
  }
  throw new Error('It was not refused.')
}

const SCHEMA: ParamsSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    module: { type: 'string', minLength: 1 },
    depth: { type: 'integer', minimum: 1, default: 3 },
    where: { type: 'object', properties: { branch: { type: 'string', default: 'main' } }, default: {} },
    level: { enum: ['low', 'high'] },
    due: { type: 'string', format: 'date' },
  },
  required: ['module'],
  additionalProperties: false,
}

describe('parameters', () => {
  test('get the defaults of their schema, and what was given stays untouched', () => {
    const given: Params = { module: 'parser' }
    expect(validateParams(SCHEMA, given)).toEqual({ module: 'parser', depth: 3, where: { branch: 'main' } })
    expect(given).toEqual({ module: 'parser' })
    expect(validateParams(null, { any: 1 })).toEqual({ any: 1 })
  })

  test('that are refused are told with their path', () => {
    const { code, message, details } = refusalOf(() =>
      validateParams(SCHEMA, { depth: 0, where: { branch: 7 }, level: 'mid', due: 'soon', extra: 1 }),
    )
    expect(code).toBe('PARAMS_INVALID')
    expect(message).toMatch(/^params\.\w+: .+\(and 5 more: see details\)$/)
    expect(details).toEqual(
      expect.arrayContaining([
        { path: 'params.module', message: 'is required' },
        { path: 'params.depth', message: 'must be >= 1' },
        { path: 'params.where.branch', message: 'must be string' },
        { path: 'params.level', message: 'must be one of ["low","high"]' },
        { path: 'params.due', message: 'must match format "date"' },
        { path: 'params.extra', message: 'is not a known parameter' },
      ]),
    )
  })

  test('are only what was given: not what every object has, and nothing that changes every object', () => {
    const { details } = refusalOf(() => validateParams({ required: ['constructor', 'toString'] }, {}))
    expect(details).toHaveLength(2)
    for (const name of ['__proto__', 'constructor']) {
      const inner =
        '{"properties":{"polluted":{"default":1},"prototype":{"properties":{"polluted":{"default":1}}}}}'
      const schema = JSON.parse(`{"properties":{"${name}":${inner}}}`)
      validateParams(schema, {})
      validateParams(schema, JSON.parse(`{"${name}":{}}`))
      expect(({} as Params).polluted).toBeUndefined()
    }
  })

  test('may be as deep as a schema that refers to itself allows', () => {
    const tree: ParamsSchema = {
      properties: { left: { $ref: '#' }, name: { type: 'string' } },
      required: ['name'],
    }
    expect(validateParams(tree, { name: 'a', left: { name: 'b' } })).toEqual({
      name: 'a',
      left: { name: 'b' },
    })
    expect(refusalOf(() => validateParams(tree, { name: 'a', left: {} })).message).toBe(
      'params.left.name: is required',
    )
  })

  test('are checked in bounded time, whatever pattern the schema has', () => {
    const began = performance.now()
    const schema = { properties: { a: { type: 'string', pattern: '^(a+)+$' } } }
    const { code, message } = refusalOf(() => validateParams(schema, { a: `${'a'.repeat(60)}!` }))
    expect(code).toBe('PARAMS_INVALID')
    expect(message).toMatch(/too long/)
    expect(refusalOf(() => validateParams({ $ref: '#' }, {})).message).toMatch(/without end/)
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

describe('a schema of parameters', () => {
  test.each<[string, ParamsSchema, RegExp]>([
    ['is not one', { type: 'strin' }, /^paramsSchema\.type: /],
    ['is wrong inside', { properties: { a: { minimum: 'x' } } }, /^paramsSchema\.properties\.a\.minimum: /],
    ['allows no object', { type: 'string' }, /must allow an object/],
    [
      'refers to another document',
      { $ref: 'https://example.com/schema.json' },
      /refers to https:\/\/example\.com/,
    ],
    ['refers to a part it has not', { $ref: '#/$defs/none' }, /which is not in it/],
    [
      'has a pattern that is none',
      { properties: { a: { pattern: '(' } } },
      /paramsSchema.*(pattern|regex|Invalid)/i,
    ],
    ['would answer later', { $async: true }, /\$async/],
  ])('that %s is refused with words', (_, schema, words) => {
    const { code, message, details } = refusalOf(() => checkParamsSchema(schema))
    expect(code).toBe('VALIDATION')
    expect(message).toMatch(words)
    expect(details).toEqual(
      expect.arrayContaining([expect.objectContaining({ path: expect.stringMatching(/^paramsSchema/) })]),
    )
  })

  test('means the same whatever schemas with the same $id there were before', () => {
    const named = (type: string) => ({ $id: 'https://example.com/p', properties: { a: { type } } })
    checkParamsSchema(named('string'))
    checkParamsSchema(named('integer'))
    expect(validateParams(named('string'), { a: 'x' })).toEqual({ a: 'x' })
    expect(validateParams(named('integer'), { a: 1 })).toEqual({ a: 1 })
    expect(refusalOf(() => checkParamsSchema({ $ref: 'https://example.com/p' })).message).toMatch(/not in it/)
  })

  test('that is huge or deep is refused in bounded time, or read', () => {
    const began = performance.now()
    let deep: Record<string, unknown> = {}
    for (let level = 0; level < 5_000; level++) deep = { properties: { a: deep } }
    expect(refusalOf(() => checkParamsSchema(deep)).code).toBe('VALIDATION')
    const wide = {
      properties: Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`p${n}`, { type: 'string' }])),
    }
    checkParamsSchema(wide)
    expect(performance.now() - began).toBeLessThan(10_000)
  })
})

test('whatever schema and parameters are, the answer is parameters or a refusal with a code', () => {
  const keyword = fc.constantFrom(
    ...[
      'type',
      'properties',
      'items',
      'prefixItems',
      'required',
      'enum',
      'const',
      'format',
      'pattern',
      '$ref',
      '$id',
    ],
    ...[
      '$anchor',
      '$dynamicRef',
      '$dynamicAnchor',
      '$recursiveRef',
      '$defs',
      'default',
      'allOf',
      'anyOf',
      'oneOf',
      'not',
    ],
    ...[
      'if',
      'then',
      'else',
      'additionalProperties',
      'unevaluatedProperties',
      'patternProperties',
      'propertyNames',
    ],
    ...[
      'dependentSchemas',
      'dependentRequired',
      'contains',
      'minContains',
      'uniqueItems',
      'multipleOf',
      'minimum',
    ],
    ...[
      'nullable',
      'discriminator',
      '$vocabulary',
      '$comment',
      'id',
      'definitions',
      'formatMinimum',
      'a',
      '__proto__',
    ],
  )
  const scalar = fc.oneof(
    fc.constantFrom(
      'object',
      'string',
      'integer',
      'a',
      '#',
      '#/$defs/a',
      '#a',
      '(',
      '.*',
      'date',
      '%',
      '',
      'x:y',
    ),
    fc.constantFrom<unknown>(0, -1, 1e-320, 1e308, true, false, null),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, scalar, tie('list'), tie('map')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    map: fc.dictionary(keyword, tie('value'), { maxKeys: 4 }),
  }))
  const schemas = fc.dictionary(keyword, value, { maxKeys: 4 }) as fc.Arbitrary<ParamsSchema>
  const params = fc.dictionary(fc.constantFrom('a', 'type', '$ref', 'x'), value, { maxKeys: 3 })
  let accepted = 0
  fc.assert(
    fc.property(schemas, params, (schema, given) => {
      try {
        validateParams(schema, given)
        accepted += 1
      } catch (error) {
        expect(error).toBeInstanceOf(OptioError)
        expect(['VALIDATION', 'PARAMS_INVALID']).toContain((error as OptioError).code)
      }
    }),
    { numRuns: 1_000 },
  )
  expect(accepted).toBeGreaterThan(10)
})
