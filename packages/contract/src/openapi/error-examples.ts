import type { ErrorCode } from '../errors.ts'
import type { ErrorAnswer } from '../errors-answer.ts'
import type { Route } from '../route.ts'
import { IDS, REPO_URL } from './example-things.ts'

/** Codes that no endpoint answers: they end the start of the program, or a step of a run. */
type NeverAnswered =
  | ('CONFIG' | 'DATA_DIR_IN_USE' | 'PORT_IN_USE' | 'DATABASE_START' | 'MIGRATION' | 'BACKUP')
  | ('GIT' | 'FENCED' | 'STEP_START')

/** What is said with each code: `error` of an answer. */
const MESSAGES: Readonly<Record<Exclude<ErrorCode, NeverAnswered>, string>> = {
  VALIDATION: 'The address is malformed.',
  INVALID_CURSOR:
    'The cursor cannot be read. Use "nextCursor" of an answer as it is, or leave it out to begin at the start.',
  DEPENDENCY_CYCLE:
    'The task would wait for itself, because a task it is to depend on waits for it. Nothing was changed.',
  PARAMS_INVALID: 'params.area: is required',
  TEMPLATE_INVALID: 'The template cannot be read: output "{{ area" not closed, line:1, col:9.',
  UNAUTHORIZED: 'There is no credential, or it is not valid. Sign in again, or send a valid token.',
  HOOK_SIGNATURE: 'This webhook is signed: send X-Optio-Signature: sha256=<HMAC-SHA256 of the body, in hex>.',
  FORBIDDEN: 'Your role does not allow this. Ask somebody who has a higher one in the workspace.',
  FORBIDDEN_ORIGIN: 'The request comes from a page of another origin.',
  NOT_FOUND: 'There is no such workspace. Leave x-workspace-id out to use the default one.',
  TASK_NOT_FOUND: `There is no task ${IDS.task}.`,
  REPO_NOT_FOUND: `There is no connected repository ${IDS.repo}.`,
  PULL_REQUEST_NOT_FOUND: 'This task has no pull request yet.',
  FILE_NOT_FOUND: 'Pull request #7 changes no file "src/avatars.ts". Take a path from its list of files.',
  RUN_NOT_FOUND: `There is no run ${IDS.run} of this definition.`,
  TRIGGER_NOT_FOUND: `There is no trigger ${IDS.trigger} of this task.`,
  COMMENT_NOT_FOUND: `This task has no comment ${IDS.comment}.`,
  DEPENDENCY_NOT_FOUND: `The task does not depend on ${IDS.otherTask}. Take an id from its list of dependencies.`,
  TEMPLATE_NOT_FOUND: `There is no template ${IDS.template}.`,
  HOOK_NOT_FOUND: 'There is no webhook "report" here.',
  SECRET_NOT_FOUND: 'There is no secret NPM_TOKEN of this scope.',
  ISSUE_NOT_FOUND: 'acme/webapp has no issue #42 that Optio can read.',
  ENVIRONMENT_NOT_FOUND:
    'This task has no environment: its first attempt has not begun, or it was finished long ago and nothing was left to keep.',
  WRONG_TASK_TYPE: 'This is a task of another type, which does not have this. Look at its "type".',
  METHOD_NOT_ALLOWED: 'This address takes GET.',
  CONFLICT: 'Others changed the same data 5 times in a row. Try again.',
  INVALID_TRANSITION: 'The state of the task does not allow this now. Look at the task again.',
  REPO_ALREADY_CONNECTED: `${REPO_URL} is connected already.`,
  REPO_IN_USE: `${REPO_URL} has 2 tasks not finished. Cancel or finish them, then disconnect it.`,
  REPO_REPLACED:
    'acme/webapp is another repository than the one connected (it was renamed or replaced). Connect it by the address it has now.',
  MERGE_REFUSED: 'The checks of the pull request have failed.',
  PULL_REQUEST_NOT_OPEN: 'Pull request #7 is merged.',
  TASK_DISABLED: '“Morning report” is disabled. Enable it, then run it.',
  TRIGGER_PATH_TAKEN:
    'Another webhook has the path "report" already. Paths are unique in the installation: choose another.',
  IDEMPOTENCY_KEY_REUSED:
    'This Idempotency-Key was sent within the last 24 hours with another request. Take a new key for each thing to be created.',
  IDEMPOTENCY_KEY_IN_USE:
    'The first request with this Idempotency-Key is still being answered. Send it again in a few seconds.',
  PAYLOAD_TOO_LARGE: 'The body is larger than is taken here. Send less.',
  UNSUPPORTED_MEDIA_TYPE: 'Send the body as JSON, with content-type: application/json.',
  REPO_NOT_CONNECTED: 'The repository is not connected. Connect it first.',
  REPO_NOT_FOUND_ON_DISK: 'There is nothing at /srv/webapp. Give the path of a git repository.',
  REPO_NOT_GIT: '/srv/webapp is not a git repository. Give the top of one, or make one with `git init`.',
  REPO_EMPTY: 'acme/webapp has no commit yet. Make a first commit, then connect it.',
  REPO_CORRUPT:
    '/srv/webapp looks like a git repository, but git cannot read it. Run `git fsck` in it to see what is broken.',
  REPO_NOT_ACCESSIBLE:
    '/srv/webapp cannot be entered by the user that runs Optio. Give that user read access.',
  REPO_DUBIOUS_OWNERSHIP:
    '/srv/webapp belongs to another user than the one that runs Optio, and git refuses to use it.',
  BRANCH_NOT_FOUND: 'acme/webapp has no branch "mian".',
  AGENT_NOT_AVAILABLE:
    'Agents of type codex cannot be run by this Optio yet. Available: claude-code, command.',
  MESSAGES_NOT_TAKEN:
    'Its agent, of type command, takes no messages while it works. Wait for its end, then resume it with instructions.',
  FORGE_CREDENTIAL: 'GitHub does not accept the credential. Save one that works as the secret GITHUB_TOKEN.',
  FORGE_PERMISSION:
    'The token may not do all that Optio does with acme/webapp. What it lacks: pull requests: write. Change that on GitHub, at the token, and connect again.',
  WEBHOOK_NOT_VERIFIED:
    'Save a random text as the secret GITHUB_WEBHOOK_SECRET first (Settings → Secrets): deliveries are signed with it.',
  UNSUPPORTED: 'acme/webapp is not on GitHub: it needs no webhook.',
  RATE_LIMITED: 'Too many webhooks come at the same time. Send it again in a second.',
  INTERNAL:
    'Something failed inside Optio. The log says what, under request 0199f000-f000-7000-8000-000000000001.',
  DATABASE_UNAVAILABLE: 'The database cannot be reached at the moment. Try again shortly.',
  DISK_FULL: 'The disk of the database is full. Nothing is lost: make room, and work goes on.',
  SECRET_UNREADABLE: 'The secret NPM_TOKEN cannot be decrypted: its row was changed or moved. Save it again.',
  UNAVAILABLE: 'What this needs does not answer at the moment. Try again shortly.',
}

const DETAILS: Readonly<Partial<Record<ErrorCode, unknown>>> = {
  PARAMS_INVALID: [{ path: 'params.area', message: 'is required' }],
  INTERNAL: { requestId: '0199f000-f000-7000-8000-000000000001' },
}

/** An answer with this code; undefined for a code that is never answered. Of `VALIDATION` what this route can find wrong. */
export function errorExample(code: ErrorCode, route: Partial<Route> = {}): ErrorAnswer | undefined {
  if (code === 'VALIDATION') return malformed(route)
  const error = (MESSAGES as Partial<Record<ErrorCode, string>>)[code]
  if (error === undefined) return undefined
  const details = DETAILS[code]
  return { error, code, ...(details === undefined ? {} : { details }) }
}

function malformed({ params, query, body }: Partial<Route>): ErrorAnswer {
  const code = 'VALIDATION'
  const id = Object.keys(params?.shape ?? {}).find((name) => /id$/i.test(name))
  const wrong = (path: string, message: string): ErrorAnswer => ({
    error: `${path}: ${message}`,
    code,
    details: [{ path, message }],
  })
  if (id !== undefined) return wrong(`params.${id}`, 'must be a UUID')
  if (body) return { error: 'The body cannot be read as JSON: Unexpected end of JSON input', code }
  const shape = (query as { shape?: Record<string, unknown> } | undefined)?.shape ?? {}
  if ('limit' in shape) return wrong('query.limit', 'Too big: expected number to be <=1000')
  const [field] = Object.keys(shape)
  return field === undefined ? { error: MESSAGES[code], code } : wrong(`query.${field}`, 'Invalid input')
}
