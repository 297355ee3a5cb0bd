import { readlink, realpath } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AGENT_REQUIREMENTS, type AgentRequirements, requirementsOf } from '@optio/agents'
import { OptioError } from '@optio/contract'
import type { AgentFailure } from '@optio/core'
import { type Fingerprint, fingerprintOf, type SoughtText } from '@optio/git'
import { findExecutable } from '../../features/repos/executable.ts'
import type { SecretService } from '../../features/secrets/service.ts'
import { processRedactor } from '../../redaction/process-redactor.ts'
import { formsOf, isSecret } from '../../redaction/secret-forms.ts'
import {
  type CredentialPlaces,
  findCredential,
  type NamedSecret,
  passwordsOf,
  secretsOf,
} from './find-credential.ts'
import { type GrantFor, namedSecrets, refused } from './named-secrets.ts'

/** What an agent is given of this machine, and what is kept out of everything it says. */
export interface AgentAccess {
  /** Program, credential and settings of an agent type; the failure of the attempt when it cannot be launched. */
  grant(agentType: string, about: GrantFor): Promise<Granted | { readonly failure: AgentFailure }>
  /** Looks at the credentials again, so that `redact` knows those of an agent another process launched. */
  learn(): Promise<void>
  /** By which every credential that agents were or may be given can be found in what they commit. Holds no value. */
  fingerprints(): readonly SoughtText[]
  /**
   * The same of every secret of the installation, also those of which agents are given none. Not to be stored: a person may have thought
   * them up, and then a fingerprint helps to guess them.
   */
  sought(): readonly SoughtText[]
  /** The text without any credential of any agent. */
  redact(text: string): string
  /** How many UTF-16 units at the end of a text may be the beginning of a credential, which more text would complete. */
  heldBack(text: string): number
}

export interface Granted {
  readonly failure: null
  /** Absolute path of the program; null for a type whose repository names it. */
  readonly program: string | null
  /** Directories the program is in, by its name on the PATH and in truth. */
  readonly programDirectories: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface AccessPlaces extends CredentialPlaces {
  /** Null where there is no store: then only the machine is looked at. */
  readonly secrets: SecretService | null
}

/** A stored secret that is shorter may be a word that stands in many a file, and is not searched for in commits. */
const SHORTEST_SEARCHED = 16

/**
 * Credentials come from the store of secrets, then from Optio's own environment, then from the login of an agent's program in the user's
 * home directory. Secrets that a repository or a run names come from the store.
 */
export function createAgentAccess(places: AccessPlaces): AgentAccess {
  const { secrets: store } = places
  const redactor = processRedactor

  const fingerprints = new Map<string, SoughtText>()
  const others = new Map<string, SoughtText>()

  const know = (secrets: readonly NamedSecret[], prints = fingerprints) => {
    redactor.learn(secrets.map(({ value }) => value))
    for (const { name, value } of secrets) {
      if (!prints.has(value) && isSecret(value)) prints.set(value, { name, forms: printsOf(value) })
    }
  }
  const learn = async () => {
    for (const requirements of AGENT_REQUIREMENTS) {
      know(await secretsOf(requirements, places))
      redactor.learn(passwordsOf(requirements, places.env))
    }
    const stored = (await store?.values()) ?? []
    redactor.learn(stored.map(({ value }) => value))
    know(stored.filter(isLongEnough), others)
  }

  return {
    learn,
    redact: (text) => redactor.redact(text),
    heldBack: (text) => redactor.heldBack(text),
    fingerprints: () => [...fingerprints.values()],
    sought: () => [...new Map([...others, ...fingerprints]).values()],

    async grant(agentType, about) {
      const requirements = requirementsOf(agentType)
      if (requirements === null) return NOTHING
      await learn()
      const program = await findProgram(requirements, places)
      if (program !== null && 'kind' in program) return { failure: program }
      const given = await orRefused(async () => {
        const named = await namedSecrets(store, about)
        if ('failure' in named) return named
        const credential = await credentialEnv(requirements, places, about)
        return 'failure' in credential ? credential : { named, credential }
      })
      if ('failure' in given) return given
      const { named, credential } = given
      // A login can be renewed between two looks: what is given is known, whatever was seen before.
      know(Object.entries(credential.env).map(([name, value]) => ({ name, value })))
      redactor.learn(Object.values(named.env))
      know(
        Object.entries(named.env)
          .map(([name, value]) => ({ name, value }))
          .filter(isLongEnough),
      )
      return {
        failure: null,
        program: program?.path ?? null,
        programDirectories: program?.directories ?? [],
        env: { ...settingsEnv(requirements, places), ...named.env, ...credential.env },
      }
    },
  }
}

function isLongEnough({ value }: NamedSecret): boolean {
  return value.trim().length >= SHORTEST_SEARCHED
}

function printsOf(secret: string): Fingerprint[] {
  return formsOf(secret).flatMap((form) => fingerprintOf(form) ?? [])
}

/** As many as the system itself follows. */
const MOST_LINKS = 40

const NOTHING: Granted = { failure: null, program: null, programDirectories: [], env: {} }

async function findProgram(
  { program, title, install }: AgentRequirements,
  { env }: CredentialPlaces,
): Promise<{ path: string; directories: string[] } | AgentFailure | null> {
  if (program === null) return null
  const path = await findExecutable(program, env.PATH ?? '')
  if (path === null) {
    const how = install === null ? '' : ` Install it: ${install}`
    const message = `${title} needs the program “${program}”, which is not on the PATH of the Optio server.${how}`
    return { kind: 'unavailable', message, retryAt: null }
  }
  return { path, directories: await directoriesOf(path) }
}

/** Where the program is: its own directory, and those of all that its links lead to. */
async function directoriesOf(path: string): Promise<string[]> {
  const directories = new Set([dirname(path)])
  let place = path
  for (let link = 0; link < MOST_LINKS; link++) {
    const target = await readlink(place).catch(() => null)
    if (target === null) break
    place = resolve(dirname(place), target)
    directories.add(dirname(place))
  }
  return [...directories.add(dirname(await realpath(path)))]
}

async function credentialEnv(
  requirements: AgentRequirements,
  places: AccessPlaces,
  { workspaceId, ...about }: GrantFor,
): Promise<{ env: Record<string, string> } | { failure: AgentFailure }> {
  for (const { variable } of requirements.credentials) {
    const stored = await places.secrets?.resolve(workspaceId, variable, about)
    if (stored?.source === 'secret') return { env: { [variable]: stored.value } }
  }
  const found = await findCredential(requirements, places, Date.now())
  const { title, loginRemedy } = requirements
  const refuse = (what: string) => refused(`${what} ${loginRemedy ?? ''}`.trim())
  switch (found?.source) {
    case undefined:
      return { env: {} }
    case 'variable':
    case 'login':
      return { env: { [found.variable]: found.value } }
    case 'expired_login': {
      const when = new Date(found.expiresAt).toISOString()
      return refuse(`The login of ${title} on this machine expires at ${when}, which is too soon or past.`)
    }
    case 'none':
      return refuse(`There is no credential for ${title}.`)
  }
}

/** A secret that is there and cannot be decrypted is for a person to mend, like one that is missing. */
async function orRefused<T>(look: () => Promise<T>): Promise<T | { readonly failure: AgentFailure }> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof OptioError && error.code === 'SECRET_UNREADABLE') return refused(error.message)
    throw error
  }
}

function settingsEnv({ settings }: AgentRequirements, { env }: CredentialPlaces): Record<string, string> {
  return Object.fromEntries(
    settings.flatMap((name) => {
      const value = env[name]
      return value ? [[name, value] as const] : []
    }),
  )
}
