import { ApiError } from '@optio/contract'

/** Fields that codes without details are about. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = {
  BRANCH_NOT_FOUND: 'repoBranch',
  REPO_NOT_CONNECTED: 'repoUrl',
  REPO_NOT_FOUND: 'repoUrl',
  REPO_NOT_FOUND_ON_DISK: 'repoUrl',
  REPO_NOT_GIT: 'repoUrl',
  REPO_EMPTY: 'repoUrl',
  REPO_CORRUPT: 'repoUrl',
  REPO_NOT_ACCESSIBLE: 'repoUrl',
  REPO_DUBIOUS_OWNERSHIP: 'repoUrl',
  REPO_ALREADY_CONNECTED: 'repoUrl',
  AGENT_NOT_AVAILABLE: 'agentType',
}

/**
 * What an error says about single fields of the body, by the name of the field: `{ prompt: 'must not be empty' }`. Empty when
 * it is about none.
 */
export function fieldErrors(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {}
  const found: Record<string, string> = {}
  for (const { path, message } of problemsOf(error.details)) {
    const [place, field] = path.split('.')
    if (place === 'body' && field !== undefined) found[field] ??= message
  }
  const field = FIELD_OF_CODE[error.code]
  if (field !== undefined) found[field] ??= error.message
  return found
}

function problemsOf(details: unknown): { path: string; message: string }[] {
  if (!Array.isArray(details)) return []
  return details.flatMap((problem: unknown) => {
    if (typeof problem !== 'object' || problem === null) return []
    const { path, message } = problem as { path?: unknown; message?: unknown }
    return typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : []
  })
}
