import { Redactor } from './redactor.ts'

/**
 * The one redactor of this process. Text is stored at many places, and what is a secret holds for all of them: handing it through every
 * function that records an event would only make a place that forgets it possible.
 */
export const processRedactor = new Redactor()

/** The text without any secret this process knows. */
export function redact(text: string): string {
  return processRedactor.redact(text)
}

/**
 * JSON without them, in names of fields too. Only for what nobody decides by: any word can be a secret, also one that is the name of a
 * branch or of a state.
 */
export function redactJson<T>(value: T): T {
  return redactValue(value) as T
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(redactValue)
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [redact(name), redactValue(field)]))
}
