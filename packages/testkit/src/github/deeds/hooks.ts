import type { Hook } from '../state/hook.ts'
import { Refusal } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'

export interface WantedHook {
  readonly url: string
  readonly secret?: string
  readonly events: readonly string[]
  readonly active: boolean
  /** True unless told. */
  readonly ping?: boolean
}

/** Registers an address; it is pinged at once. */
export function addHook(world: World, repository: Repository, wanted: WantedHook): Hook {
  const { url, secret = null, events, active, ping = true } = wanted
  if (!URL.canParse(url)) throw refusal('url is missing or no address')
  if ([...repository.hooks.values()].some((hook) => hook.url === url)) {
    throw refusal('Hook already exists on this repository')
  }
  const now = world.clock.iso()
  const hook: Hook = {
    id: world.id(),
    repositoryId: repository.id,
    url,
    secret,
    events,
    active,
    createdAt: now,
    updatedAt: now,
    lastCode: null,
  }
  repository.hooks.set(hook.id, hook)
  if (ping) world.ping(repository, hook)
  return hook
}

function refusal(message: string): Refusal {
  return new Refusal(422, 'Validation Failed', [{ resource: 'Hook', code: 'custom', message }])
}
