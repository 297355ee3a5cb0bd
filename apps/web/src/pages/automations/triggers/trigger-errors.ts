import { ApiError } from '@optio/contract'

/** Fields that codes without details are about. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = { TRIGGER_PATH_TAKEN: 'path' }

/** What the server says of single fields of a trigger: of `body.config.cronExpression` under `cronExpression`. */
export function triggerErrors(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {}
  const found: Record<string, string> = {}
  for (const problem of Array.isArray(error.details) ? (error.details as unknown[]) : []) {
    const { path, message } = (problem ?? {}) as { path?: unknown; message?: unknown }
    if (typeof path !== 'string' || typeof message !== 'string') continue
    const [first, second] = path.replace(/^body\./, '').split('.')
    const field = first === 'config' ? second : first
    if (field !== undefined) found[field] ??= message
  }
  const field = FIELD_OF_CODE[error.code]
  if (field !== undefined) found[field] ??= error.message
  return found
}
