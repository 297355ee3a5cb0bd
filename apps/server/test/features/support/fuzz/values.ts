import type { Random } from '../../../e2e/support/random.ts'
import { NASTY } from './nasty.ts'
import type { Api, Schema } from './operations.ts'

/** Values of fields that only make sense when they name something that is there. */
export type Hints = (field: string) => unknown

/** Stands in for a nasty text until the whole is JSON. */
const MARK = '\u241fnasty-'
const PATTERNED: readonly [RegExp, readonly string[]][] = [
  [/\\d\{1,9\}/, ['2.50', '10', '0.000000001']],
  [/https\?/, ['https://example.com/1', 'http://127.0.0.1/x']],
  [/A-Za-z0-9\._~-/, ['a-path', 'x.y~z', 'hook']],
  [/0-9a-fA-F\]\{8\}/, ['0199f000-2000-7000-8000-00000000ffff', '00000000-0000-0000-0000-000000000000']],
]
/** Not required, and yet most requests have them. */
const LIKELY: ReadonlySet<string> = new Set(['prompt', 'params'])
const WORDS = [
  'a',
  'Add avatars',
  'ä🙂',
  'line\nbreak',
  'Report on {{ topic }}',
  '{{#if a}}b{{/if}}',
  '-x',
  "'; --",
]

/** Makes values that fit a schema more often than not, and texts of JSON that do not. The same for the same seed. */
export class Values {
  readonly #random: Random
  readonly #api: Api
  readonly #hints: Hints

  constructor(random: Random, api: Api, hints: Hints) {
    this.#random = random
    this.#api = api
    this.#hints = hints
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)] as T
  }

  chance(of: number): boolean {
    return this.#random.next() < of
  }

  /** The text of a body for a schema: as it should be, or with something wrong in it, or no JSON at all. */
  body(schema: Schema, example: unknown): string {
    const kind = this.#random.next()
    if (kind < 0.04) return this.pick(NASTY)
    const made = example !== undefined && kind < 0.4 ? this.#asHinted(example) : this.of(schema)
    const value = this.chance(0.6) ? made : this.#broken(made)
    return this.#text(value)
  }

  /** A value that a schema describes, or nearly. */
  of(given: Schema, field = '', depth = 0): unknown {
    const schema = typeof given.$ref === 'string' ? this.#api.resolve(given.$ref) : given
    const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined
    if (choices) return this.of(this.pick(choices), field, depth)
    if (schema.const !== undefined) return schema.const
    if (schema.type !== 'null' && field !== '' && this.chance(0.8)) {
      const hint = this.#hints(field)
      if (hint !== undefined) return schema.type === 'array' && !Array.isArray(hint) ? [hint] : hint
    }
    if (Array.isArray(schema.enum)) return this.pick(schema.enum)
    const type = Array.isArray(schema.type) ? this.pick(schema.type as string[]) : schema.type
    if (type === 'object') return this.#object(schema, depth)
    if (type === 'array') return this.#array(schema, field, depth)
    if (type === 'string') return this.#string(schema)
    if (type === 'integer' || type === 'number') return this.#number(schema)
    if (type === 'boolean') return this.chance(0.5)
    if (type === 'null') return null
    return this.pick<unknown>([undefined, null, {}, { topic: 'x', name: 'y' }, 'text', 1])
  }

  #object(schema: Schema, depth: number): unknown {
    const properties = (schema.properties ?? {}) as Record<string, Schema>
    const required = (schema.required ?? []) as string[]
    const made: Record<string, unknown> = {}
    for (const [name, of] of Object.entries(properties)) {
      const asked = required.includes(name) || LIKELY.has(name) || this.chance(depth === 0 ? 0.22 : 0.5)
      if (asked && this.chance(0.99)) made[name] = this.of(of, name, depth + 1)
    }
    if (schema.additionalProperties && Object.keys(properties).length === 0) {
      const of =
        typeof schema.additionalProperties === 'object' ? (schema.additionalProperties as Schema) : {}
      for (const name of ['topic', 'name', 'A', 'path']) {
        if (this.chance(0.4)) made[name] = this.of(of, '', depth + 1)
      }
    }
    return made
  }

  #array(schema: Schema, field: string, depth: number): unknown[] {
    const items = (schema.items ?? {}) as Schema
    const first = ((schema.prefixItems ?? []) as Schema[]).map((of) => this.of(of, '', depth + 1))
    const rest = Array.from({ length: this.#random.below(3) }, () =>
      this.of(items, field.replace(/s$/, ''), depth + 1),
    )
    return [...first, ...rest]
  }

  #string(schema: Schema): string {
    const pattern = typeof schema.pattern === 'string' ? schema.pattern : ''
    if (schema.format === 'date-time' || schema.format === 'date') return '2026-01-01T00:00:00Z'
    const known = PATTERNED.find(([form]) => form.test(pattern))
    if (known) return this.pick(known[1])
    const examples = schema.examples as string[] | undefined
    if (examples && this.chance(0.7)) return this.pick(examples)
    const longest = Number(schema.maxLength ?? 5000)
    const edge = this.chance(1 / 60) ? 'y'.repeat(Math.min(longest + this.#random.below(2), 70_000)) : null
    return edge ?? this.pick(WORDS)
  }

  #number({ minimum = -3, maximum = 2_000 }: Schema): number {
    const [least, most] = [Number(minimum), Number(maximum)]
    const edges = [least, most, least - 1, most + 1, least + 1]
    return this.chance(0.15) ? this.pick(edges) : least + this.#random.below(Math.min(most - least + 1, 20))
  }

  /** An example, with what there is in place of the things it names. */
  #asHinted(value: unknown, field = ''): unknown {
    const hint = field === '' ? undefined : this.#hints(field)
    if (hint !== undefined) return Array.isArray(value) && !Array.isArray(hint) ? [hint] : hint
    if (Array.isArray(value)) return value.map((inner) => this.#asHinted(inner))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([key, inner]) => [key, this.#asHinted(inner, key)])
    return Object.fromEntries(entries)
  }

  /** One or two things in it are other than they should be. */
  #broken(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.chance(0.05)) return this.#nasty()
    const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
    const keys = Object.keys(copy)
    for (let times = 1 + this.#random.below(2); times > 0; times -= 1) {
      const key = keys.length === 0 || this.chance(0.1) ? 'unknownField' : this.pick(keys)
      const how = this.#random.next()
      if (how < 0.2) delete copy[key]
      else if (how < 0.4 && typeof copy[key] === 'object') copy[key] = this.#broken(copy[key])
      else copy[key] = this.#nasty()
    }
    return copy
  }

  #nasty(): string {
    return `${MARK}${this.#random.below(NASTY.length)}\u241f`
  }

  /** As JSON, with the nasty texts where their marks are. */
  #text(value: unknown): string {
    const text = JSON.stringify(value) ?? ''
    return text.replace(
      new RegExp(`"${MARK}(\\d+)\u241f"`, 'g'),
      (_, index) => NASTY[Number(index)] ?? 'null',
    )
  }
}
