/** The JSON object that the text is; `what` names the text. Throws what `refuse` makes of the reason why it is none. */
export function parseJsonObject(
  text: string,
  what: string,
  refuse: (why: string) => Error,
): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuse(`${what} is no JSON: ${(error as Error).message}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>
  }
  throw refuse(`${what} must be a JSON object.`)
}
