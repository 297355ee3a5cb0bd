import { CliError, usage } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const PART = /^[0-9a-f-]{4,36}$/i
/** Hexadecimal digits that nobody meets twice by accident: a search may end at the first match. */
const UNMISTAKABLE = 8

/** Something that has an id, with what people know it by. */
export interface Named {
  readonly id: string
  readonly title: string
}

/** What is looked for, for the words of a refusal. */
export interface Sought {
  readonly noun: string
  readonly plural: string
  /** Of the refusal, as the server has it. */
  readonly code: string
  /** What shows them. */
  readonly command: string
}

export function isId(given: string): boolean {
  return UUID.test(given)
}

/** The digits of a beginning or an end of an id; null for what can be none. */
export function partOfId(given: string): string | null {
  return PART.test(given) ? given.toLowerCase().replaceAll('-', '') : null
}

export function isUnmistakable(part: string): boolean {
  return part.length >= UNMISTAKABLE
}

export function matchesPart(id: string, part: string): boolean {
  const digits = id.replaceAll('-', '')
  return digits.startsWith(part) || digits.endsWith(part)
}

/** The one that is meant. Throws when there is none, or when several match. */
export function onlyOne<T extends Named>(
  matches: readonly T[],
  given: string,
  { noun, plural, code, command }: Sought,
): T {
  const [only, ...others] = matches
  if (only === undefined) {
    throw new CliError(EXIT.NOT_FOUND, code, `There is no ${noun} “${given}”. \`${command}\` shows them.`)
  }
  if (others.length > 0) {
    const some = matches.slice(0, 5).map(({ id, title }) => `\n  ${id}  ${title}`)
    throw usage(`Several ${plural} match ${given}; give more of the id:${some.join('')}`)
  }
  return only
}

/** Those that are called so; where none is, those whose id begins or ends so. */
export function matching<T extends Named>(all: readonly T[], given: string): T[] {
  const named = all.filter(({ id, title }) => title === given || id === given.toLowerCase())
  const part = partOfId(given)
  return named.length > 0 || part === null ? named : all.filter(({ id }) => matchesPart(id, part))
}

/** Everything in a list, page by page. */
export async function* pagesOf<T>(
  ask: (page: { limit: number; cursor?: string }) => Promise<{
    readonly things: readonly T[]
    readonly hasMore: boolean
    readonly nextCursor: string | null
  }>,
): AsyncGenerator<readonly T[]> {
  for (let cursor: string | undefined; ; ) {
    const page = await ask({ limit: 1000, ...(cursor ? { cursor } : {}) })
    yield page.things
    if (!page.hasMore || page.nextCursor === null) return
    cursor = page.nextCursor
  }
}

/** The same as one list. */
export async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(...page)
  return all
}
