import { NoAnswer } from '../no-answer.ts'

/**
 * What a program elsewhere answered is looked at before it is believed: each of these answers what it says or throws `NoAnswer`. A field
 * that is missing, or of another type than GitHub documents, is no answer rather than a negative one.
 */
export type Fields = Readonly<Record<string, unknown>>

export function unreadable(what: string): NoAnswer {
  return new NoAnswer('failing', `GitHub answered something that cannot be read: ${what}.`)
}

/** @param what names it in the error. */
export function fields(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw unreadable(what)
}

export function fieldsOrNull(value: unknown, what: string): Fields | null {
  return value === null || value === undefined ? null : fields(value, what)
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw unreadable(what)
}

export function text(of: Fields, name: string): string {
  const value = of[name]
  if (typeof value === 'string') return value
  throw unreadable(name)
}

export function textOrNull(of: Fields, name: string): string | null {
  return of[name] === null || of[name] === undefined ? null : text(of, name)
}

export function integer(of: Fields, name: string): number {
  const value = of[name]
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw unreadable(name)
}

export function integerOrNull(of: Fields, name: string): number | null {
  return of[name] === null || of[name] === undefined ? null : integer(of, name)
}

export function flag(of: Fields, name: string): boolean {
  const value = of[name]
  if (typeof value === 'boolean') return value
  throw unreadable(name)
}

/** Milliseconds since the epoch, of a date as GitHub writes it. */
export function time(of: Fields, name: string): number {
  const value = Date.parse(text(of, name))
  if (Number.isFinite(value)) return value
  throw unreadable(name)
}

/** Name of a commit: 40 or 64 hex digits. */
export function commitId(of: Fields, name: string): string {
  const value = text(of, name)
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)) return value
  throw unreadable(name)
}

/** Who it is by; people whose account is gone are `ghost`, as on GitHub's pages. */
export function loginOf(of: Fields, name: string): string {
  const actor = fieldsOrNull(of[name], name)
  return actor === null ? 'ghost' : text(actor, 'login')
}
