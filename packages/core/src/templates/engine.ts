import { Context, Liquid, type Template, toValueSync } from 'liquidjs'
import { foreignValue, foreignWords } from './foreign-value.ts'

/** Longest text that is read, in characters. */
const MOST_TEXT = 4 * 1024 * 1024
/** Characters and elements that filters and outputs may go through. */
const MOST_MEMORY = 48 * 1024 * 1024

/** They would read other files, or templates that nobody checked together with this one. */
const TAGS_OF_FILES = ['include', 'render', 'layout', 'block']

interface Filtered {
  readonly context: { readonly memoryLimit: { use(count: number): void } }
}

/** How values are put in: as they are; marked as data; as data on the one line of a title, which has no room for a mark. */
export type Manner = 'plain' | 'foreign' | 'foreign_title'

const SHOWN: Readonly<Record<Manner, (words: string) => string>> = {
  plain: (words) => words,
  foreign: foreignValue,
  foreign_title: foreignWords,
}

function createEngine(manner: Manner): Liquid {
  const engine = new Liquid({
    jsTruthy: true,
    strictFilters: true,
    ownPropertyOnly: true,
    lenientIf: true,
    timezoneOffset: 0,
    locale: 'en-US',
    parseLimit: MOST_TEXT,
    memoryLimit: MOST_MEMORY,
    // Every output goes through here; so it is also where its size is counted.
    outputEscape: function (this: Filtered, value: unknown) {
      const words = wordsOf(value)
      this.context.memoryLimit.use(words.length)
      return SHOWN[manner](words)
    } as unknown as (value: unknown) => string,
  })
  for (const name of TAGS_OF_FILES) delete engine.tags[name]
  // What it is known for, to leave an output as it is, would get around what is done to outputs.
  engine.registerFilter('raw', (value: unknown) => value)
  return engine
}

function wordsOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(wordsOf).join('')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const ENGINES: Readonly<Record<Manner, Liquid>> = {
  plain: createEngine('plain'),
  foreign: createEngine('foreign'),
  foreign_title: createEngine('foreign_title'),
}

/** Reads a template, in liquid's own form. Throws what liquid throws. */
export function parse(text: string, manner: Manner): Template[] {
  return ENGINES[manner].parse(text)
}

/** Names of the variables it takes from outside itself. */
export function namesIn(templates: Template[]): string[] {
  return ENGINES.plain.globalVariablesSync(templates)
}

/** Thrown when a template makes more than it may. */
export class TooMuch extends Error {}

/** The text a template makes of variables; the variables are left as they are. Throws what liquid throws, and TooMuch. */
export function render(
  templates: Template[],
  variables: Readonly<Record<string, unknown>>,
  options: { readonly manner: Manner; readonly strict: boolean; readonly mostCharacters: number },
): string {
  const engine = ENGINES[options.manner]
  // Some tags write into what they are given.
  const context = new Context(
    { ...variables },
    engine.options,
    { strictVariables: options.strict },
    { liquid: engine },
  )
  const emitter = {
    buffer: '',
    write(part: unknown) {
      emitter.buffer += wordsOf(part)
      if (emitter.buffer.length > options.mostCharacters) throw new TooMuch()
    },
  }
  toValueSync(engine.renderer.renderTemplates(templates, context, emitter))
  return emitter.buffer
}
