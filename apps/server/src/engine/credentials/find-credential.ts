import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentLogin, AgentRequirements, CredentialVariable } from '@optio/agents'

/** Where credentials are looked for: Optio's own environment, and the home directory of the user it runs as. */
export interface CredentialPlaces {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
}

/** The credential an agent would be given. `value` is the secret itself. */
export type FoundCredential =
  | {
      readonly source: 'variable'
      readonly variable: string
      readonly kind: CredentialVariable['kind']
      readonly value: string
    }
  /** The access token of a login of the agent's own program; `expiresAt` in milliseconds since the epoch. */
  | {
      readonly source: 'login'
      readonly file: string
      readonly expiresAt: number | null
      readonly variable: string
      readonly value: string
    }
  | { readonly source: 'expired_login'; readonly file: string; readonly expiresAt: number }
  | { readonly source: 'none' }

/** A token that is valid for less than this would expire in the middle of the work. */
const LEAST_VALIDITY_MS = 15 * 60_000

/**
 * The first credential that an agent's type declares and this machine has: a variable, or else the login of the agent's own
 * program. Null when the type needs none.
 */
export async function findCredential(
  requirements: AgentRequirements,
  places: CredentialPlaces,
  now: number,
): Promise<FoundCredential | null> {
  const { credentials, login } = requirements
  for (const { variable, kind } of credentials) {
    const value = places.env[variable]
    if (value) return { source: 'variable', variable, kind, value }
  }
  if (login !== null) return await loginOf(login, places, now)
  return credentials.length === 0 ? null : { source: 'none' }
}

async function loginOf(
  login: AgentLogin,
  places: CredentialPlaces,
  now: number,
): Promise<Extract<FoundCredential, { source: 'login' | 'expired_login' | 'none' }>> {
  const file = loginFile(login, places)
  const content = await readLogin(file)
  const value = textAt(content, login.accessToken)
  if (value === null) return { source: 'none' }
  const expires = valueAt(content, login.expiresAt)
  const expiresAt = typeof expires === 'number' && Number.isFinite(expires) ? expires : null
  if (expiresAt !== null && expiresAt < now + LEAST_VALIDITY_MS)
    return { source: 'expired_login', file, expiresAt }
  return { source: 'login', file, expiresAt, variable: login.passedAs, value }
}

/** A secret of this machine, and what people call it. */
export interface NamedSecret {
  readonly name: string
  readonly value: string
}

/** Every secret of an agent type that this machine knows now, whether or not an agent is given it. */
export async function secretsOf(
  requirements: AgentRequirements,
  places: CredentialPlaces,
): Promise<NamedSecret[]> {
  const { credentials, login, title } = requirements
  const secrets = credentials.map(({ variable }) => ({ name: variable, value: places.env[variable] ?? '' }))
  if (login !== null) {
    const content = await readLogin(loginFile(login, places))
    secrets.push(
      { name: `the access token of ${title}’s login`, value: textAt(content, login.accessToken) ?? '' },
      { name: `the refresh token of ${title}’s login`, value: textAt(content, login.refreshToken) ?? '' },
    )
  }
  return secrets.filter(({ value }) => value !== '')
}

/** In an address, with or without its scheme. */
const PASSWORD = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^:/?#@]*:([^/?#]*)@/i

/**
 * Passwords in the addresses among an agent's settings (a proxy's), as they stand there and as they are meant. They are kept out of
 * what is said, but have no fingerprint: a person may have thought them up.
 */
export function passwordsOf({ settings }: AgentRequirements, env: CredentialPlaces['env']): string[] {
  return settings.flatMap((name) => {
    const password = PASSWORD.exec(env[name] ?? '')?.[1]
    if (!password) return []
    try {
      return [password, decodeURIComponent(password)]
    } catch {
      return [password]
    }
  })
}

/** Directories with logins that are not where they usually are: as secret as the usual ones. */
export function movedLogins(all: readonly AgentRequirements[], env: CredentialPlaces['env']): string[] {
  return all.flatMap(({ login }) => env[login?.directoryVariable ?? ''] ?? [])
}

/** Where the program of an agent keeps its login. */
function loginFile(login: AgentLogin, { env, home }: CredentialPlaces): string {
  const directory = login.directoryVariable === null ? undefined : env[login.directoryVariable]
  const name = login.file.split('/').at(-1) ?? login.file
  return directory ? join(directory, name) : join(home, login.file)
}

/** Null when there is none, or it cannot be read: then there is no login. */
async function readLogin(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return null
  }
}

function valueAt(content: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
    content,
  )
}

function textAt(content: unknown, path: readonly string[]): string | null {
  const value = valueAt(content, path)
  return typeof value === 'string' && value !== '' ? value : null
}
