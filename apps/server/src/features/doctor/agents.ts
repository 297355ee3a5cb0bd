import { execFile } from 'node:child_process'
import { AGENT_REQUIREMENTS, type AgentRequirements } from '@optio/agents'
import { type AgentDiagnosis, type Diagnosis, OptioError } from '@optio/contract'
import { isAtLeast } from '@optio/git'
import { DEFAULT_WORKSPACE_ID } from '../../database/schema/workspaces.ts'
import { type FoundCredential, findCredential } from '../../engine/credentials/find-credential.ts'
import { findExecutable } from '../repos/executable.ts'
import { off, problem, type Surroundings, warning, well } from './surroundings.ts'

/** A program that takes longer to say its version hangs, or waits for somebody to answer. */
const VERSION_WITHIN_MS = 10_000

interface Examined {
  readonly agents: AgentDiagnosis[]
  readonly diagnoses: Diagnosis[]
}

/** Which agents can be started here, and how they are logged in. Starts each one's program to ask for its version. */
export async function examineAgents(surroundings: Surroundings): Promise<Examined> {
  const all = await Promise.all(AGENT_REQUIREMENTS.map((each) => examineAgent(each, surroundings)))
  return { agents: all.map(({ agent }) => agent), diagnoses: all.map(({ diagnosis }) => diagnosis) }
}

async function examineAgent(
  requirements: AgentRequirements,
  surroundings: Surroundings,
): Promise<{ agent: AgentDiagnosis; diagnosis: Diagnosis }> {
  const found = await lookAt(requirements, surroundings)
  const { agentType, title } = requirements
  const subject = { id: `agent:${agentType}`, area: 'agents', title, detail: found.detail } as const
  const agent = {
    type: agentType,
    available: found.status === 'ok' || found.status === 'warning',
    version: found.version,
    login: found.login,
    problem:
      found.status === 'ok' || found.status === 'warning' ? null : [found.detail, found.remedy].join(' '),
  }
  const remedy = found.remedy ?? ''
  switch (found.status) {
    case 'ok':
      return { agent, diagnosis: well(subject) }
    case 'warning':
      return { agent, diagnosis: warning(subject, remedy) }
    case 'off':
      return { agent, diagnosis: off(subject, remedy) }
    case 'problem':
      return { agent, diagnosis: problem(subject, remedy) }
  }
}

interface Look {
  readonly status: Diagnosis['status']
  readonly detail: string
  readonly remedy: string | null
  readonly version: string | null
  readonly login: string | null
}

async function lookAt(requirements: AgentRequirements, { env, home, server }: Surroundings): Promise<Look> {
  const nothing = { version: null, login: null, remedy: null }
  const { program, install, minVersion, testedVersions } = requirements
  if (program === null) {
    const detail = 'Any program that a repository names as its agentCommand.'
    return { ...nothing, status: 'ok', detail }
  }
  const path = await findExecutable(program, env.PATH ?? '')
  if (path === null) {
    const detail = `The program “${program}” is not on the PATH of Optio.`
    return {
      ...nothing,
      status: 'off',
      detail,
      remedy: `${install ?? `Install ${program}`}; then start Optio again.`,
    }
  }
  const said = await versionOf(path, requirements.versionArgs, env, home)
  if ('failure' in said) {
    const remedy = `Run \`${[program, ...requirements.versionArgs].join(' ')}\` yourself as the user that runs Optio; install it anew if it does not answer.`
    return {
      ...nothing,
      status: 'problem',
      detail: `${path} does not tell its version: ${said.failure}.`,
      remedy,
    }
  }
  const { version } = said
  if (minVersion !== null && !isAtLeast(version, minVersion)) {
    const detail = `${path} is version ${version}; Optio needs ${minVersion} or newer.`
    return { ...nothing, version, status: 'problem', detail, remedy: `Update it: ${install ?? program}` }
  }
  const login =
    (await storedLogin(requirements, server)) ??
    loginOf(await findCredential(requirements, { env, home }, Date.now()))
  if (login.problem !== null) {
    const detail = `Version ${version} at ${path}. ${login.problem}`
    return { version, login: null, status: 'problem', detail, remedy: requirements.loginRemedy }
  }
  const tested = testedVersions.at(-1) ?? null
  const note =
    tested === null || version === tested ? '' : ` Optio was tried with ${testedVersions.join(', ')}.`
  return {
    ...nothing,
    version,
    login: login.kind,
    status: 'ok',
    detail: `Version ${version} at ${path}; ${login.words}.${note}`,
  }
}

/** How an agent is logged in, by names and dates only: a value is never told. */
interface LoginWords {
  readonly kind: string | null
  readonly words: string
  readonly problem: string | null
}

/** By a secret of the store, which goes before everything this machine has; null where there is none. */
async function storedLogin(
  { credentials }: AgentRequirements,
  server: Surroundings['server'],
): Promise<LoginWords | null> {
  for (const { variable, kind } of credentials) {
    try {
      const found = await server?.secrets.resolve(DEFAULT_WORKSPACE_ID, variable)
      if (found?.source === 'secret')
        return { kind, words: `logged in by the secret ${variable}`, problem: null }
    } catch (error) {
      if (!(error instanceof OptioError)) throw error
      return { kind: null, words: '', problem: error.message }
    }
  }
  return null
}

function loginOf(found: FoundCredential | null): LoginWords {
  switch (found?.source) {
    case undefined:
      return { kind: null, words: 'needs no login', problem: null }
    case 'variable':
      return { kind: found.kind, words: `logged in by ${found.variable}`, problem: null }
    case 'login': {
      const until = found.expiresAt === null ? '' : `, valid until ${new Date(found.expiresAt).toISOString()}`
      return { kind: 'login', words: `logged in by ${found.file}${until}`, problem: null }
    }
    case 'expired_login': {
      const when = new Date(found.expiresAt).toISOString()
      return {
        kind: null,
        words: '',
        problem: `Its login in ${found.file} ends at ${when}, which is past or too soon.`,
      }
    }
    case 'none':
      return { kind: null, words: '', problem: 'It is not logged in.' }
  }
}

/** Runs the program without Optio's variables: only what it needs to start. */
function versionOf(
  path: string,
  args: readonly string[],
  env: Surroundings['env'],
  home: string,
): Promise<{ version: string } | { failure: string }> {
  return new Promise((resolve) => {
    const options = {
      env: { PATH: env.PATH ?? '', HOME: home, LANG: env.LANG ?? 'C.UTF-8' },
      cwd: '/',
      timeout: VERSION_WITHIN_MS,
      killSignal: 'SIGKILL',
      maxBuffer: 64 * 1024,
    } as const
    const child = execFile(path, [...args], options, (error, stdout) => {
      if (error?.killed) return resolve({ failure: `no answer within ${VERSION_WITHIN_MS / 1000} s` })
      if (error !== null) return resolve({ failure: `it ended with ${error.code ?? 'an error'}` })
      const version = /\d+(\.\d+)+/.exec(stdout)?.[0]
      resolve(version === undefined ? { failure: 'its answer names none' } : { version })
    })
    child.stdin?.end()
  })
}
