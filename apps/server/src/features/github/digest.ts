import { redact } from '../../redaction/process-redactor.ts'
import { storableText } from '../logs/storable.ts'

/** What is kept of a delivery until it is worked on: where to look again, and of issues what is copied. */
export interface Digest {
  readonly action: string | null
  /** The repository as the delivery names it; null when the delivery is about none. */
  readonly repository: DigestRepository | null
  /** Names it had before, for an event that says that it was renamed or moved. */
  readonly formerly: readonly string[]
  /** Other repositories the delivery is about. */
  readonly others: readonly string[]
  /** Pull requests, commits and branches about which something was said. */
  readonly numbers: readonly number[]
  readonly shas: readonly string[]
  readonly branches: readonly string[]
  /** The default branch before, where the event says that it is another now. */
  readonly formerDefaultBranch: string | null
  /** Of an event about issues what GitHub says; else null. */
  readonly issues: Readonly<Record<string, unknown>> | null
}

/** Named only: what is true of it, GitHub is asked for. */
export interface DigestRepository {
  /** GitHub's number of it, whatever it is called; null where the delivery does not say it. */
  readonly id: number | null
  /** `owner/name` */
  readonly fullName: string
  /** Its page. */
  readonly url: string
}

type Fields = Readonly<Record<string, unknown>>

/** Longest text of an issue that is kept; GitHub takes 65,536 characters. */
const LONGEST = 70_000
const MOST_NUMBERS = 200

/** Events Optio acts on, and where each says what it is about. Any other is taken and ignored. */
const EVENTS: Readonly<Record<string, (payload: Fields) => Partial<Digest>>> = {
  ping: () => ({}),
  issues: (payload) => ({ issues: issueParts(payload) }),
  issue_comment: (payload) =>
    fields(payload.issue).pull_request === undefined
      ? { issues: issueParts(payload) }
      : { numbers: numbersOf([payload.issue]) },
  label: (payload) => ({ issues: issueParts(payload) }),
  pull_request: aboutPullRequest,
  pull_request_review: aboutPullRequest,
  pull_request_review_comment: aboutPullRequest,
  pull_request_review_thread: aboutPullRequest,
  check_run: (payload) => aboutHead(fields(payload.check_run), fields(fields(payload.check_run).check_suite)),
  check_suite: (payload) => aboutHead(fields(payload.check_suite), fields(payload.check_suite)),
  workflow_run: (payload) => aboutHead(fields(payload.workflow_run), fields(payload.workflow_run)),
  status: (payload) => ({
    shas: texts([payload.sha]),
    branches: texts(list(payload.branches).map((branch) => fields(branch).name)),
  }),
  push: (payload) => ({
    branches: texts([payload.ref]).flatMap((ref) => /^refs\/heads\/(.+)$/s.exec(ref)?.[1] ?? []),
  }),
  installation: (payload) => ({
    others: texts(list(payload.repositories).map((each) => fields(each).full_name)),
  }),
  repository: aboutRepository,
}

/** The events a webhook of Optio's asks GitHub for. An installation is told without being asked for. */
export const HOOK_EVENTS = Object.keys(EVENTS).filter((name) => name !== 'ping' && name !== 'installation')

/** Reads what a payload says, which is anybody's JSON until then; null for an event Optio does not act on. */
export function digestOf(event: string, payload: Fields): Digest | null {
  const read = Object.hasOwn(EVENTS, event) ? EVENTS[event] : undefined
  if (read === undefined) return null
  return {
    action: texts([payload.action])[0] ?? null,
    repository: repositoryOf(payload.repository),
    formerly: [],
    others: [],
    numbers: [],
    shas: [],
    branches: [],
    formerDefaultBranch: null,
    issues: null,
    ...read(payload),
  }
}

/** Whether a delivery is about another repository than the connected one, by whatever name: both numbers are known, and differ. */
export function isOtherRepository(named: DigestRepository | null, forgeId: number | null): boolean {
  // One that was put down before Optio read numbers has none.
  return named?.id != null && forgeId !== null && named.id !== forgeId
}

function aboutPullRequest(payload: Fields): Partial<Digest> {
  return { numbers: numbersOf([payload.pull_request]) }
}

function aboutHead(what: Fields, suite: Fields): Partial<Digest> {
  return {
    numbers: numbersOf(list(what.pull_requests)),
    shas: texts([what.head_sha]),
    branches: texts([suite.head_branch]),
  }
}

function aboutRepository(payload: Fields): Partial<Digest> {
  const changes = fields(payload.changes)
  const [owner, name] = (repositoryOf(payload.repository)?.fullName ?? '/').split('/')
  const before = fields(fields(changes.owner).from)
  const formerOwner = texts([fields(before.user).login, fields(before.organization).login])[0] ?? owner
  const formerName = texts([fields(fields(changes.repository).name).from])[0] ?? name
  const isOther = formerOwner !== owner || formerName !== name
  return {
    formerly: isOther ? [`${formerOwner}/${formerName}`] : [],
    formerDefaultBranch: texts([fields(changes.default_branch).from])[0] ?? null,
  }
}

function repositoryOf(value: unknown): DigestRepository | null {
  const { id, full_name, html_url } = fields(value)
  const [fullName] = texts([full_name])
  const [url] = texts([html_url])
  if (fullName === undefined || url === undefined || !/^[^/]+\/[^/]+$/.test(fullName)) return null
  return { id: typeof id === 'number' && Number.isSafeInteger(id) ? id : null, fullName, url }
}

const ISSUE_FIELDS = ['number', 'title', 'body', 'state', 'html_url', 'comments', 'created_at', 'updated_at']

/** What people write: text that may contain anything. */
const PROSE: ReadonlySet<string> = new Set(['title', 'body', 'name', 'login'])

/** What a copy of an issue is made of, in GitHub's own form, without any secret that is known. */
function issueParts(payload: Fields): Fields {
  if (payload.issue === undefined) return {}
  const issue = fields(payload.issue)
  return {
    issue: {
      ...part(issue, ISSUE_FIELDS),
      user: userPart(issue.user),
      labels: list(issue.labels).map((label) => part(fields(label), ['name'])),
      assignees: list(issue.assignees).map(userPart),
      ...(issue.pull_request === undefined ? {} : { pull_request: {} }),
    },
  }
}

function userPart(user: unknown): Fields {
  return part(fields(user), ['login'])
}

function part(of: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(of, name) ? [[name, plain(of[name], PROSE.has(name))]] : [])),
  )
}

/** Text as the database can hold it, numbers, booleans; null for anything else. */
function plain(value: unknown, isProse: boolean): string | number | boolean | null {
  // Whole, because half of a secret is none that is known.
  if (typeof value === 'string') return storableText((isProse ? redact(value) : value).slice(0, LONGEST))
  return typeof value === 'number' || typeof value === 'boolean' ? value : null
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MOST_NUMBERS) : []
}

function texts(values: readonly unknown[]): string[] {
  return values.flatMap((value) =>
    typeof value === 'string' && value !== '' ? [storableText(value.slice(0, 1_000))] : [],
  )
}

function numbersOf(values: readonly unknown[]): number[] {
  return values
    .map((value) => fields(value).number)
    .filter(
      (number): number is number =>
        Number.isInteger(number) && Number(number) > 0 && Number(number) < 2 ** 31,
    )
}
