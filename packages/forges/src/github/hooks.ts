import { OptioError } from '@optio/contract'
import type { RepositoryRef } from '../forge.ts'
import { type GithubClient, refusalOf, repositoryPath } from './http/client.ts'

/** A webhook of a repository. */
export interface GithubHook {
  readonly id: number
  readonly url: string
}

export interface NewHook {
  /** Where GitHub sends what happens. */
  readonly url: string
  /** What it signs it with. */
  readonly secret: string
  readonly events: readonly string[]
}

/** Of one repository that many are looked through for the one of this address. */
const MOST_HOOKS = 100

const HOW =
  'Give the token the permission “Webhooks: write” (fine-grained) or the scope admin:repo_hook (classic), or register the webhook on GitHub by hand.'

/**
 * Registers a webhook, or brings the one that is there (the one with this id, else the one with this address) up to date, and has GitHub
 * send a ping to it. Repeating it registers no second. Throws FORGE_PERMISSION, WEBHOOK_NOT_VERIFIED for an address that GitHub does
 * not take, or `NoAnswer`.
 */
export async function installHook(
  client: GithubClient,
  repository: RepositoryRef,
  hook: NewHook,
  knownId: number | null,
): Promise<GithubHook> {
  const hooks = repositoryPath(repository, 'hooks')
  const asked = { priority: 'person', about: aboutOf(repository) } as const
  const list = await client.rest<unknown>({
    ...{ method: 'GET', path: hooks, query: { per_page: MOST_HOOKS } },
    ...asked,
  })
  if (list.status !== 200) throw refused(list, repository)
  const found = findHook(list.data, knownId, hook.url)
  const config = { url: hook.url, content_type: 'json', insecure_ssl: '0', secret: hook.secret }
  const body = { active: true, events: hook.events, config }
  const written =
    found === null
      ? await client.rest<unknown>({ ...asked, method: 'POST', path: hooks, body: { name: 'web', ...body } })
      : await client.rest<unknown>({
          ...{ method: 'PATCH', path: `${hooks}/${found}`, body, idempotent: true },
          ...asked,
        })
  const id = idOf(written.data)
  if (written.status >= 300 || id === null) throw refused(written, repository)
  // A new one is pinged by itself.
  if (found !== null) await client.rest({ ...asked, method: 'POST', path: `${hooks}/${id}/pings` })
  return { id, url: hook.url }
}

function aboutOf({ id, workspaceId }: RepositoryRef) {
  return { workspaceId, repositoryId: id }
}

function findHook(list: unknown, knownId: number | null, url: string): number | null {
  const hooks = Array.isArray(list) ? list : []
  const known = hooks.find((hook) => knownId !== null && idOf(hook) === knownId)
  const same = hooks.find((hook: { config?: { url?: unknown } } | null) => hook?.config?.url === url)
  return idOf(known ?? same)
}

function idOf(hook: unknown): number | null {
  const { id } = (hook ?? {}) as { id?: unknown }
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : null
}

function refused(
  { status, data }: { readonly status: number; readonly data: unknown },
  { fullName }: RepositoryRef,
): OptioError {
  if (status === 401 || status === 403 || status === 404) {
    return new OptioError('FORGE_PERMISSION', `The token may not see the webhooks of ${fullName}. ${HOW}`, {
      details: { missing: ['Webhooks: write'] },
    })
  }
  const { message, errors } = refusalOf(data)
  const said = [message, ...errors].filter((words) => words !== '').join(': ')
  return new OptioError(
    'WEBHOOK_NOT_VERIFIED',
    `GitHub does not take the webhook (${status}${said === '' ? '' : `, “${said.slice(0, 300)}”`}). Give an address that GitHub can reach (OPTIO_PUBLIC_URL).`,
  )
}
