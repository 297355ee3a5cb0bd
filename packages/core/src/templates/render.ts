import { OptioError } from '@optio/contract'
import { LiquidError } from 'liquidjs'
import { TimeUp, withinTime } from '../bounded.ts'
import { listed, oneLine, utf8Length } from '../text.ts'
import { type Manner, namesIn, parse, render, TooMuch } from './engine.ts'
import { foreignNote, withoutFences } from './foreign-value.ts'
import { type Converted, fromOlderForm } from './older-form.ts'

export type Variables = Readonly<Record<string, unknown>>

export interface RenderOptions {
  /** Unknown variables are an error that names them; otherwise they are empty. A variable that is null is known, and empty. */
  readonly strict?: boolean
  /**
   * Names of the parameters whose values come from outside (a webhook, a ticket). Then every output is shown as data, and the text ends
   * with a sentence that says so.
   */
  readonly foreign?: readonly string[] | false
  /** Most bytes of UTF-8 it may make; 1 MiB. */
  readonly maxBytes?: number
  /** Longest time it may take, in milliseconds; two seconds. */
  readonly maxMs?: number
}

/** Longest time one template may take, in milliseconds. */
const MOST_MS = 2_000
const MOST_BYTES = 1024 * 1024

/**
 * What a template says with these variables: liquid, and the older `{{#if NAME}}…{{else}}…{{/if}}`. Throws TEMPLATE_INVALID with
 * `details: { line, column }` (from 1, where a place is known) for one that cannot be read, fails, takes too long or makes too much.
 */
export function renderTemplate(text: string, variables: Variables, options: RenderOptions = {}): string {
  const { foreign = false, maxBytes = MOST_BYTES } = options
  const rendered = renderAs(foreign === false ? 'plain' : 'foreign', text, variables, options)
  const whole =
    foreign !== false && foreign.length > 0 ? `${rendered.trimEnd()}\n\n${foreignNote(foreign)}` : rendered
  if (utf8Length(whole) > maxBytes) throw tooMuch()
  return whole
}

/**
 * Like `renderTemplate`, for a title: one visible line of at most 500 characters, without a note; a value from outside takes at most 200
 * of them. Throws TEMPLATE_INVALID.
 */
export function renderTitle(
  text: string,
  variables: Variables,
  { strict = false, isForeign = false }: { readonly strict?: boolean; readonly isForeign?: boolean } = {},
): string {
  const title = oneLine(renderAs(isForeign ? 'foreign_title' : 'plain', text, variables, { strict }), 500)
  return isForeign ? withoutFences(title) : title
}

function renderAs(
  manner: Manner,
  text: string,
  variables: Variables,
  {
    strict = false,
    maxBytes = MOST_BYTES,
    maxMs = MOST_MS,
  }: Pick<RenderOptions, 'strict' | 'maxBytes' | 'maxMs'>,
): string {
  return bounded(
    text,
    (converted) => {
      const templates = parse(converted.text, manner)
      if (strict) requireKnown(namesIn(templates), variables)
      return render(templates, variables, { manner, strict, mostCharacters: maxBytes })
    },
    maxMs,
  )
}

/** Throws TEMPLATE_INVALID, with line and column, for a text that is no template. What it makes of variables is not looked at. */
export function checkTemplate(text: string): void {
  bounded(text, (converted) => parse(converted.text, 'plain'))
}

/** Names of the variables a template takes. Throws TEMPLATE_INVALID. */
export function templateNames(text: string): string[] {
  return bounded(text, (converted) => namesIn(parse(converted.text, 'plain')))
}

function bounded<T>(text: string, work: (converted: Converted) => T, maxMs = MOST_MS): T {
  let converted: Converted | null = null
  try {
    return withinTime(() => {
      converted = fromOlderForm(text)
      if (converted.unknown !== null) throw new UnknownBlock(converted.unknown)
      return work(converted)
    }, maxMs)
  } catch (error) {
    throw explained(error, text, converted)
  }
}

class UnknownBlock extends Error {
  readonly offset: number

  constructor({ words, offset }: { words: string; offset: number }) {
    super(`{{${words} is not known; use liquid, such as {% for item in list %}`)
    this.offset = offset
  }
}

function requireKnown(names: readonly string[], variables: Variables): void {
  const unknown = names.filter((name) => !Object.hasOwn(variables, name))
  if (unknown.length === 0) return
  const [are, them] =
    unknown.length === 1 ? ['There is no variable', 'it'] : ['There are no variables', 'them']
  throw new OptioError(
    'TEMPLATE_INVALID',
    `${are} ${listed(unknown, 20)}. Give ${them} a value, or use a known one.`,
    {
      details: { unknown: unknown.slice(0, 20) },
    },
  )
}

function explained(error: unknown, text: string, converted: Converted | null): OptioError {
  if (error instanceof OptioError) return error
  if (error instanceof TooMuch) return tooMuch()
  if (error instanceof TimeUp) return refusal('The template takes too long. Make it simpler.')
  if (error instanceof UnknownBlock) return refusalAt(error.message, placeOf(text, error.offset))
  if (LiquidError.is(error)) {
    const cause = error.originalError ?? error
    if (cause instanceof TooMuch) return tooMuch()
    const words = wordsOf(cause)
    const offset = error.token?.begin
    if (offset === undefined) return refusal(`The template fails: ${words}`)
    return refusalAt(words, placeOf(text, converted?.originOf(offset) ?? offset))
  }
  return refusal(`The template fails: ${wordsOf(error)}`)
}

function wordsOf(error: unknown): string {
  if (error instanceof RangeError) return 'it is nested too deeply, or makes too long a text'
  const message = error instanceof Error ? error.message : String(error)
  if (message.endsWith('limit exceeded')) return 'it goes through more than it may'
  // Liquid's own note of the place does not know of the older form.
  return oneLine(message.replace(/,? (?:file:\S+, )?line:\d+, col:\d+$/, ''), 500)
}

function refusalAt(words: string, { line, column }: { line: number; column: number }): OptioError {
  return refusal(`Line ${line}, column ${column}: ${words}`, { line, column })
}

function refusal(message: string, details?: { readonly line: number; readonly column: number }): OptioError {
  return new OptioError('TEMPLATE_INVALID', message, details === undefined ? {} : { details })
}

function tooMuch(): OptioError {
  return refusal(
    'The template makes a longer text than it may. Make it shorter, or cut values with the filter truncate.',
  )
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const newline = before.lastIndexOf('\n')
  return { line: before.split('\n').length, column: before.length - newline }
}
