import { OptioError } from '@optio/contract'
import {
  createGithubClient,
  createGithubForge,
  createLocalForge,
  createRepositoryIdentity,
  type Forge,
  githubAddresses,
  githubNameOf,
  installHook,
  type LearnForgeId,
  type LocalForgeOptions,
  readAccount,
  readRepository,
} from '@optio/forges'
import type { Logger } from 'pino'
import type { Github, GithubAnswers } from './features/github/service.ts'
import type { SecretService } from './features/secrets/service.ts'
import { redactingForge } from './redaction/redacting-forge.ts'

export interface Forges {
  readonly forge: (platform: Forge['platform']) => Forge
  readonly github: Github
}

export interface ForgeParts {
  readonly local: LocalForgeOptions
  /** Where GITHUB_API_URL and GITHUB_SERVER_URL are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly secrets: Pick<SecretService, 'resolve'>
  /** Puts down the number of a repository that was connected without one. */
  readonly learnForgeId: LearnForgeId
  /** Share of limits that is kept for people, 0 to 1. */
  readonly reserve: number
  /** How long a commit without any check counts as not checked yet, milliseconds. */
  readonly checksGraceMs: number
  readonly version: string
  readonly log: Pick<Logger, 'info'>
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** The forges repositories can be on. Throws CONFIG for addresses of GitHub that are none. */
export function assembleForges({
  local,
  env,
  secrets,
  learnForgeId,
  reserve,
  checksGraceMs,
  version,
  log,
  now = Date.now,
}: ForgeParts): Forges {
  const addresses = githubAddresses(env)
  const credentialFor = async (about: { workspaceId: string; repositoryId: string | null }) => {
    const { workspaceId, repositoryId } = about
    const found = await secrets.resolve(workspaceId, 'GITHUB_TOKEN', {
      repositoryId,
      usedBy: 'Optio, for GitHub',
    })
    return found === null ? null : { token: found.value.trim(), source: found.source }
  }
  const answers = new Map<string, GithubAnswers>()
  const client = createGithubClient({
    ...{ addresses, credentialFor, reserve, userAgent: `optio/${version}`, now },
    onLimited: (account, error) => log.info({ account, retryAt: error.retryAt }, error.message),
    onAnswer(resource, code) {
      const status = `${Math.floor(code / 100)}xx`
      const count = (answers.get(`${resource} ${status}`)?.count ?? 0) + 1
      answers.set(`${resource} ${status}`, { resource, status, count })
    },
  })
  const identity = createRepositoryIdentity(client, learnForgeId)
  const forges: Partial<Record<Forge['platform'], Forge>> = {
    local: redactingForge(createLocalForge(local)),
    github: redactingForge(createGithubForge({ client, credentialFor, checksGraceMs, identity, now })),
  }
  return {
    forge(platform) {
      const forge = forges[platform]
      if (forge !== undefined) return forge
      throw new OptioError('UNSUPPORTED', `This Optio cannot talk to ${platform} yet.`)
    },
    github: {
      ...addresses,
      answers: () => [...answers.values()],
      limits: () => client.limits(),
      account: (workspaceId) => readAccount(client, { workspaceId, repositoryId: null }),
      repository: (ref) => readRepository(client, ref),
      async installHook(ref, hook, knownId) {
        await identity.require(ref, 'person')
        return await installHook(client, ref, hook, knownId)
      },
      repositoryUrl(repoUrl) {
        try {
          return `${addresses.serverUrl}/${githubNameOf(addresses, repoUrl)}`
        } catch {
          return null
        }
      },
    },
  }
}
