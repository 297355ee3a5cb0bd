import { OptioError } from '@optio/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkTemplate,
  type RenderOptions,
  renderTemplate,
  renderTitle,
  templateNames,
  type Variables,
} from '../src/templates/render.ts'

function refusalOf(work: () => unknown): { message: string; details: unknown } {
  try {
    work()
  } catch (error) {
    if (error instanceof OptioError) {
      expect(error.code).toBe('TEMPLATE_INVALID')
      return { message: error.message, details: error.details }
    }
    throw error
  }
  throw new Error('It was not refused.')
}

const render = (text: string, variables: Variables = {}, options?: RenderOptions) =>
  renderTemplate(text, variables, options)

describe('a template', () => {
  test.each<[string, Variables, string]>([
    ['Fix {{ module }} in {{branch}}.', { module: 'parser', branch: 'main' }, 'Fix parser in main.'],
    [
      '{% for f in files %}- {{ f.name }}\n{% endfor %}',
      { files: [{ name: 'a' }, { name: 'b' }] },
      '- a\n- b\n',
    ],
    ['{{ name | upcase | truncate: 5 }} {{ n | plus: 1 }}', { name: 'abcdefgh', n: 1 }, 'AB... 2'],
    ['{{ html }} {{ html | raw }}', { html: '<b>&</b>' }, '<b>&</b> <b>&</b>'],
    [
      '[{{ list }}] {{ map }} {{ nothing }}{{ yes }}',
      { list: ['a', 1], map: { a: 1 }, nothing: null, yes: true },
      '[a1] {"a":1} true',
    ],
    [
      '{% if empty %}a{% else %}b{% endif %}{% if zero %}a{% else %}b{% endif %}',
      { empty: '', zero: 0 },
      'bb',
    ],
    ['{{ missing }}|{{ a.missing.deep }}|{{ missing | default: "d" }}', { a: {} }, '||d'],
    ['{% increment n %}{% assign t = "b" %}{{ t }}', { n: 'N', t: 'a' }, '0b'],
    ['{{ d | date: "%H:%M" }}', { d: '2026-01-02T03:04:00Z' }, '03:04'],
  ])('%s', (text, variables, expected) => {
    const before = structuredClone(variables)
    expect(render(text, variables)).toBe(expected)
    expect(variables).toEqual(before)
  })

  test.each<[string, Variables, string]>([
    [
      'Fix {{TASK_TITLE}}{{#if AUTO_MERGE}} and merge{{else}} only{{/if}}!',
      { TASK_TITLE: 't', AUTO_MERGE: true },
      'Fix t and merge!',
    ],
    ['{{#if A}}a{{ #if B }}b{{/if}}{{else}}-{{ /if }}.', { A: 'x', B: '' }, 'a.'],
    ['{{#if issue.body}}{{issue.body}}{{/if}}', { issue: { body: 'B' } }, 'B'],
    ['x  {{- #if A -}}  a  {{- /if -}}  y', { A: 1 }, 'xay'],
    ['{% raw %}{{#if A}}{{/if}}{{#each}}{% endraw %}', {}, '{{#if A}}{{/if}}{{#each}}'],
    ['{% if A %}1{{else}}2{{/if}}', {}, '2'],
  ])('of the older form: %s', (text, variables, expected) => {
    expect(render(text, variables)).toBe(expected)
  })

  test('is strict when asked: every unknown variable is named, also in conditions', () => {
    const text = '{{ titel }} {{#if isue}}x{{/if}} {% for a in lst %}{{ a }}{% endfor %} {{ title }}'
    expect(refusalOf(() => render(text, { title: 't' }, { strict: true })).message).toBe(
      'There are no variables titel, isue, lst. Give them a value, or use a known one.',
    )
    expect(refusalOf(() => render('{{ issue.titel }}', { issue: {} }, { strict: true })).message).toMatch(
      /titel/,
    )
    expect(render('{{ a }}{% assign b = 1 %}{{ b }}', { a: null }, { strict: true })).toBe('1')
  })

  test.each<[string, RegExp, { line: number; column: number }]>([
    ['one\ntwo {% if a %}', /not closed/, { line: 2, column: 5 }],
    ['{{ a | nofilter }}', /nofilter/, { line: 1, column: 1 }],
    ['a\n\n  {% nothing %}', /nothing/, { line: 3, column: 3 }],
    ['{{ a', /not closed/, { line: 1, column: 1 }],
    ['{{#if A}}{{#if B}}{{else}}{{/if}}{{/if}}{{/if}} {% oops %}', /endif/, { line: 1, column: 41 }],
    ['{{#if A}}{{/if}}{{#if B}}{{/if}}\n{{/if}}', /endif/, { line: 2, column: 1 }],
    ['{{#if A}}{{/if}}{{#if B}}{{/if}} {% oops %}', /oops/, { line: 1, column: 34 }],
    ['x {{#each list}}', /#each/, { line: 1, column: 3 }],
    ['{% include "a" %}', /include/, { line: 1, column: 1 }],
    ['{% render "a" %}', /render/, { line: 1, column: 1 }],
    ['{% layout "a" %}', /layout/, { line: 1, column: 1 }],
    ['{% block a %}{% endblock %}', /block/, { line: 1, column: 1 }],
  ])('that is none (%s) is refused with the place', (text, words, place) => {
    const { message, details } = refusalOf(() => checkTemplate(text))
    expect(message).toMatch(words)
    expect(details).toEqual(place)
    expect(message).toContain(`Line ${place.line}, column ${place.column}: `)
  })

  test('names what it takes from outside', () => {
    expect(templateNames('{{ a.b }}{% assign c = d %}{{ c }}{{#if E}}{% endif %}')).toEqual(['a', 'd', 'E'])
  })

  test('for a title makes one visible line', () => {
    expect(renderTitle('Fix {{ a }}', { a: 'x\n\u202ey\u0000'.repeat(2) })).toBe('Fix x yx y')
    expect([...renderTitle('{{ a }}', { a: 'é'.repeat(2_000) })]).toHaveLength(500)
  })

  test('sees only what it is given', () => {
    for (const text of [
      '{{ constructor }}',
      '{{ a.constructor.name }}',
      '{{ a.__proto__ }}',
      '{{ __proto__.x }}',
    ]) {
      expect(render(text, { a: {} })).toBe('')
    }
  })
})

describe('a hostile template', () => {
  const big = 'x'.repeat(100_000)
  test.each<[string, string, Variables]>([
    ['a huge range', '{% for i in (1..1000000000) %}{% endfor %}', {}],
    ['loops in loops', '{% for i in (1..100000) %}{% for j in (1..100000) %}{% endfor %}{% endfor %}', {}],
    [
      'doubling a text',
      '{% assign a = "x" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
      {},
    ],
    [
      'doubling a capture',
      `{% assign a = "x" %}${'{% capture a %}{{ a }}{{ a }}{% endcapture %}'.repeat(60)}{{ a }}`,
      {},
    ],
    ['its own words in a loop', `{% for i in (1..100000) %}${big}{% endfor %}`, {}],
    [
      'a capture in a loop',
      `{% capture a %}{% for i in (1..100000) %}${big}{% endfor %}{% endcapture %}{{ a }}`,
      {},
    ],
    ['splitting', '{% for i in (1..100000) %}{% assign b = a | split: "" %}{% endfor %}', { a: big }],
    ['padding a date', '{{ "now" | date: "%1000000000Y" }}', {}],
    ['nesting', '{% if a %}'.repeat(20_000), {}],
    ['raw blocks that never end', '{% raw %}'.repeat(25_000), {}],
    ['braces', '{{'.repeat(130_000), {}],
    ['spaces', `{{${' '.repeat(260_000)}`, {}],
    [
      'joining',
      '{% assign l = (1..100000) %}{% for i in (1..100000) %}{{ l | join: a | size }}{% endfor %}',
      { a: big },
    ],
  ])('is refused in bounded time and memory: %s', (_, text, variables) => {
    const before = process.memoryUsage().rss
    const began = performance.now()
    refusalOf(() => render(text, variables))
    expect(performance.now() - began).toBeLessThan(8_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024)
  })
})

test('whatever a template is, it makes a text or is refused with TEMPLATE_INVALID', () => {
  const piece = fc.constantFrom(
    ...[
      '{{',
      '}}',
      '{%',
      '%}',
      '{{ a }}',
      '{{ b.c[0] }}',
      '{% if a %}',
      '{% else %}',
      '{% endif %}',
      '{{#if a}}',
      '{{else}}',
    ],
    ...[
      '{{/if}}',
      '{% for i in l %}',
      '{% endfor %}',
      '{% raw %}',
      '{% endraw %}',
      '{% comment %}',
      '{% endcomment %}',
    ],
    ...[
      '{% assign x = a | ',
      'append: ',
      'date: "%q%5000Y"',
      ' | ',
      '{% case a %}',
      '{% when 1 %}',
      '{% endcase %}',
      '"',
      "'",
    ],
    ...[
      '{% capture q %}',
      '{% endcapture %}',
      '{% liquid ',
      '\n',
      ' ',
      '-',
      '..',
      '(1..3)',
      '{% tablerow i in l %}',
      '{% cycle ',
    ],
    ...[
      '{{ l | where_exp: "i", "i > 1" }}',
      '{{ l | sort | join }}',
      '{{ a | divided_by: 0 }}',
      '{% # x %}',
      '[',
      ']',
      ',',
      '{',
    ],
  )
  const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  let rendered = 0
  fc.assert(
    fc.property(text, fc.boolean(), fc.boolean(), (template, strict, isForeign) => {
      try {
        render(
          template,
          { a: 'x', b: { c: [1] }, l: [3, 1, { a: 2 }] },
          { strict, foreign: isForeign && ['a'] },
        )
        rendered += 1
      } catch (error) {
        expect(error).toMatchObject({ code: 'TEMPLATE_INVALID' })
      }
    }),
    { numRuns: 2_000 },
  )
  expect(rendered).toBeGreaterThan(50)
})
