import { OptioError } from '@optio/contract'

/** What the schema of a route cannot know is wrong with a field, told as the schema tells what it finds. `field` is dotted. */
export function invalidField(field: string, message: string): OptioError {
  const path = `body.${field}`
  return new OptioError('VALIDATION', `${path}: ${message}`, { details: [{ path, message }] })
}
