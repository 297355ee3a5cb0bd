import type {
  ForgeLimit,
  GithubAccount,
  GithubAddresses,
  GithubHook,
  GithubRepository,
  NewHook,
  RepositoryRef,
} from '@optio/forges'
import type { Database } from '../../database/connection.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import type { SecretService } from '../secrets/service.ts'
import { installWebhook } from './install.ts'
import { type Delivery, type Received, receiveDelivery, refusal } from './receive.ts'
import { createSigningSecrets } from './signing-secrets.ts'
import { createStatusService, type StatusService } from './status.ts'

/** The name of the secret that GitHub signs deliveries with. */
const WEBHOOK_SECRET = 'GITHUB_WEBHOOK_SECRET'

/** Answers of GitHub to this process, by what they count against and how they ended. */
export interface GithubAnswers {
  readonly resource: 'core' | 'graphql'
  /** `2xx`, `3xx`, … */
  readonly status: string
  readonly count: number
}

/** What Optio does with GitHub besides what it does with every forge. */
export interface Github extends GithubAddresses {
  answers(): readonly GithubAnswers[]
  /** As GitHub last said to this process. */
  limits(): readonly ForgeLimit[]
  /** Whose credential a workspace has, and what is left of its limits. Throws `NoAnswer`. */
  account(workspaceId: string): Promise<GithubAccount>
  /** What a repository is called today; null when GitHub shows none. Throws `NoAnswer`. */
  repository(ref: RepositoryRef): Promise<GithubRepository | null>
  installHook(ref: RepositoryRef, hook: NewHook, knownId: number | null): Promise<GithubHook>
  /** The address of a repository there, in whatever form it was given; null for any other. */
  repositoryUrl(repoUrl: string): string | null
}

export interface GithubDeps {
  readonly database: Database
  readonly github: Github
  readonly secrets: Pick<SecretService, 'resolve' | 'candidates' | 'onChange'>
  /** `OPTIO_PUBLIC_URL` */
  readonly publicUrl: string | null
}

export interface GithubService extends StatusService {
  /** Throws HOOK_SIGNATURE as long as there is no secret to sign with. */
  requireSecret(): Promise<void>
  /** See `receiveDelivery`. */
  receive(delivery: Delivery): Promise<Received>
  /** See `installWebhook`. */
  install(row: RepositoryRow, ref: RepositoryRef, url: string | null): Promise<RepositoryRow>
}

export function createGithubService({ database, github, secrets, publicUrl }: GithubDeps): GithubService {
  const webhookSecret = async (workspaceId: string, repositoryId: string | null) =>
    (await secrets.resolve(workspaceId, WEBHOOK_SECRET, { repositoryId }))?.value ?? null
  const status = createStatusService({
    ...{ database, apiUrl: github.apiUrl, serverUrl: github.serverUrl },
    credentialSource: async (workspaceId) =>
      (await secrets.resolve(workspaceId, 'GITHUB_TOKEN'))?.source ?? null,
    takesWebhooks: async (workspaceId) => (await webhookSecret(workspaceId, null).catch(() => null)) !== null,
    account: (workspaceId) => github.account(workspaceId),
  })
  const signing = createSigningSecrets(secrets, WEBHOOK_SECRET)
  secrets.onChange(() => status.forget())
  const { serverUrl } = github
  return {
    ...status,
    async requireSecret() {
      if ((await signing.all()).length === 0) {
        throw refusal(
          'Webhooks of GitHub are taken once the secret GITHUB_WEBHOOK_SECRET is set, here and there.',
        )
      }
    },
    receive: (delivery) => receiveDelivery({ database, signing, serverUrl }, delivery),
    install: (row, ref, url) =>
      installWebhook(
        {
          ...{ database, publicUrl },
          installHook: (to, hook, knownId) => github.installHook(to, hook, knownId),
          webhookSecret: ({ workspaceId, id }) => webhookSecret(workspaceId, id),
        },
        row,
        ref,
        url,
      ),
  }
}
