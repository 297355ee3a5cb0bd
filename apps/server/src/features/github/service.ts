import type {
  ForgeLimit,
  GithubAccount,
  GithubAddresses,
  GithubHook,
  NewHook,
  RepositoryRef,
} from '@optio/forges'
import type { Database } from '../../database/connection.ts'
import type { RepositoryRow } from '../../database/schema/repositories.ts'
import type { SecretService } from '../secrets/service.ts'
import { installWebhook } from './install.ts'
import { type Delivery, type Received, receiveDelivery } from './receive.ts'
import { createStatusService, type StatusService } from './status.ts'

/** The name of the secret that GitHub signs deliveries with. */
const WEBHOOK_SECRET = 'GITHUB_WEBHOOK_SECRET'

/** Deliveries come by the dozen; secrets are told of when they change, and this is for a notice that was lost. In milliseconds. */
const SECRETS_FRESH_MS = 5_000

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
  let known: { readonly at: number; readonly values: Promise<string[]> } | null = null
  secrets.onChange((change) => {
    if (change === null || change.name === WEBHOOK_SECRET) known = null
    status.forget()
  })
  const webhookSecrets = async () => {
    const now = performance.now()
    if (known === null || now - known.at >= SECRETS_FRESH_MS) {
      const values = secrets.candidates(WEBHOOK_SECRET).then((found) => found.map(({ value }) => value))
      values.catch(() => {
        known = null
      })
      known = { at: now, values }
    }
    return await known.values
  }
  const { serverUrl } = github
  return {
    ...status,
    receive: (delivery) => receiveDelivery({ database, webhookSecrets, serverUrl }, delivery),
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
