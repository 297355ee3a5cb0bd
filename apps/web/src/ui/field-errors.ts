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
  for (const { path, message } of problemsOf(error)) {
    const [place, field, ...deeper] = path.split('.')
    if (place === 'body' && field !== undefined) found[field] ??= [...deeper, message].join(' ')
  }
  const field = FIELD_OF_CODE[error.code]
  if (field !== undefined) found[field] ??= error.message
  return found
}

/** Each with where it is: one place alone is told with the words of the error. */
function problemsOf({ details, message: words }: ApiError): { path: string; message: string }[] {
  const problems: unknown[] = Array.isArray(details) ? details : [details]
  return problems.flatMap((problem) => {
    if (typeof problem !== 'object' || problem === null) return []
    const { path, message = Array.isArray(details) ? undefined : words } = problem as {
      path?: unknown
      message?: unknown
    }
    return typeof path === 'string' && typeof message === 'string' ? [{ path, message }] : []
  })
}
