import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { dataDirectory } from './data-directory.ts'
import { writeOnce } from './platform/write-once.ts'

/** Settings of the program, read from the environment once at start; `docs/operations.md` lists them. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Null for the embedded database. */
  readonly databaseUrl: string | null
  /** `OPTIO_ENCRYPTION_KEY`: master keys of secrets; null for the file in the data directory. */
  readonly encryptionKey: string | null
  readonly maxConcurrent: number
  readonly stopGraceMs: number
  readonly orphanMs: number
  readonly retryBaseMs: number
  readonly outputLimitBytes: number
  readonly environmentTtlMs: number
  readonly keptTtlMs: number
  readonly minFreeBytes: number
  readonly logLevel: string
  /** `auto`: pretty on a terminal, JSON elsewhere. */
  readonly logFormat: 'json' | 'pretty' | 'auto'
  /** How often an open pull request on a forge is looked at, in milliseconds. */
  readonly watchMs: number
  /** How often the issues of a repository are read, in milliseconds. */
  readonly issueSyncMs: number
  /** For so long a head without any check may be about to get some, in milliseconds. */
  readonly checksGraceMs: number
  /** Share of a forge's limits that is kept for what people wait for, from 0 to 1. */
  readonly forgeReserve: number
  /** Address under which others reach this Optio (webhooks of a forge), without a slash at its end; null when there is none. */
  readonly publicUrl: string | null
  /** Author of what agents commit; null for Optio's own name for them. */
  readonly gitAuthor: { readonly name: string; readonly email: string } | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** Throws CONFIG, naming the variable, when one cannot be understood: a typing error must not become a default. */
export function readConfig(env: Environment): Config {
  return {
    host: env.OPTIO_HOST ?? '127.0.0.1',
    port: integer(env, 'OPTIO_PORT', 4000, 0, 65_535),
    dataDir: dataDirectory(env),
    databaseUrl: env.DATABASE_URL || null,
    encryptionKey: env.OPTIO_ENCRYPTION_KEY || null,
    maxConcurrent: integer(env, 'OPTIO_MAX_CONCURRENT', 5, 1, 1000),
    stopGraceMs: integer(env, 'OPTIO_STOP_GRACE_MS', 5_000, 0, 600_000),
    orphanMs: integer(env, 'OPTIO_ORPHAN_MS', 30 * 60_000, 1_000, 7 * 24 * 3_600_000),
    retryBaseMs: integer(env, 'OPTIO_RETRY_BASE_MS', 5_000, 0, 3_600_000),
    outputLimitBytes: integer(env, 'OPTIO_OUTPUT_LIMIT_BYTES', 1024 ** 3, 1024, 1024 ** 4),
    environmentTtlMs: integer(
      env,
      'OPTIO_ENVIRONMENT_TTL_MS',
      7 * 24 * 3_600_000,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    keptTtlMs: integer(env, 'OPTIO_KEPT_TTL_DAYS', 30, 0, 36_500) * 24 * 3_600_000,
    minFreeBytes: integer(env, 'OPTIO_MIN_FREE_BYTES', 256 * 1024 ** 2, 0, Number.MAX_SAFE_INTEGER),
    logLevel: oneOf(env, 'OPTIO_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], 'warn'),
    logFormat: oneOf(env, 'OPTIO_LOG_FORMAT', ['json', 'pretty', 'auto'], 'auto'),
    watchMs: integer(env, 'OPTIO_PR_WATCH_INTERVAL', 30_000, 1_000, 3_600_000),
    issueSyncMs: integer(env, 'OPTIO_ISSUE_SYNC_INTERVAL', 60_000, 1_000, 86_400_000),
    checksGraceMs: integer(env, 'OPTIO_CHECKS_GRACE_MS', 120_000, 0, 86_400_000),
    forgeReserve: integer(env, 'OPTIO_FORGE_RESERVE', 20, 0, 90) / 100,
    publicUrl: address(env, 'OPTIO_PUBLIC_URL'),
    gitAuthor: gitAuthor(env),
  }
}

/** A web address without what is no part of a place: no password, no query. */
function address(env: Environment, name: string): string | null {
  const text = env[name]
  if (text === undefined || text === '') return null
  const url = URL.canParse(text) ? new URL(text) : null
  const isUsable =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '')
  if (isUsable) return url.href.replace(/\/+$/, '')
  throw new OptioError('CONFIG', `${name} must be a web address such as https://optio.example.com.`)
}

/** Name and address belong together, and are written into every commit: git's own marks cannot be in them. */
function gitAuthor(env: Environment): Config['gitAuthor'] {
  const name = env.OPTIO_GIT_AUTHOR_NAME?.trim() ?? ''
  const email = env.OPTIO_GIT_AUTHOR_EMAIL?.trim() ?? ''
  if (name === '' && email === '') return null
  if (/^[^\p{Cc}<>]{1,200}$/u.test(name) && /^[^\p{Cc}<>\s@]+@[^\p{Cc}<>\s@]+$/u.test(email))
    return { name, email }
  throw new OptioError(
    'CONFIG',
    'OPTIO_GIT_AUTHOR_NAME and OPTIO_GIT_AUTHOR_EMAIL must both be set, as in “Jane Doe” and “jane@example.com”.',
  )
}

function integer(env: Environment, name: string, fallback: number, least: number, most: number): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new OptioError(
      'CONFIG',
      `${name} is “${text}”; it must be a whole number from ${least} to ${most}.`,
    )
  }
  return value
}

function oneOf<const T extends string>(
  env: Environment,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const found = allowed.find((each) => each === text)
  if (found !== undefined) return found
  throw new OptioError('CONFIG', `${name} is “${text}”; it must be one of ${allowed.join(', ')}.`)
}

/**
 * Name of this host as far as environments are concerned: processes that share a data directory share it, because each of
 * them can adopt what the others left there. Made at the first start.
 */
export async function hostId(dataDir: string): Promise<string> {
  // What agents and other users have no business in; the embedded database opens it to its own account where that is another.
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'host-id')
  await writeOnce(file, `${randomUUID()}\n`)
  return (await readFile(file, 'utf8')).trim()
}

const INHERITED = ['PATH', 'LANG', 'TERM', 'USER'] as const

/** What agents and commands inherit of Optio's own environment; everything else is held back. */
export function inheritedEnv(env: Environment): Record<string, string> {
  const inherited: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = env[name]
    if (value !== undefined) inherited[name] = name === 'PATH' ? withoutNpm(value) : value
  }
  return inherited
}

/** `npm run` puts the bin folders of Optio's own packages first; an agent must not find those. */
function withoutNpm(path: string): string {
  return path
    .split(':')
    .filter((entry) => !/(^|\/)node_modules\/(\.bin|npm\/|@npmcli\/)/.test(entry))
    .join(':')
}

/** Places in a home directory where credentials lie; hidden from agents where the machine can. */
const CREDENTIALS = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.config/gcloud',
  '.config/gh',
  '.config/glab-cli',
  '.config/git/credentials',
  '.docker',
  '.kube',
  '.netrc',
  '.git-credentials',
  '.npmrc',
  '.pypirc',
  '.pgpass',
  '.password-store',
  '.local/share/keyrings',
  // Logins, sessions and settings of agents that people run by themselves.
  '.claude',
  '.claude.json',
  '.codex',
  '.gemini',
  '.copilot',
  '.config/claude',
  '.config/opencode',
  '.local/share/opencode',
] as const

/** Sockets behind which another program acts with more rights than an agent has. A read-only view would not stop connecting. */
const SOCKETS = [
  '/run/docker.sock',
  '/run/containerd',
  '/run/podman',
  '/run/dbus',
  '/run/postgresql',
] as const

/** What an agent must not see of the machine it runs on, where that can be hidden. */
export function hiddenPlaces(home: string): string[] {
  const session = process.getuid ? [`/run/user/${process.getuid()}`] : []
  return [...CREDENTIALS.map((place) => join(home, place)), ...SOCKETS, ...session]
}
