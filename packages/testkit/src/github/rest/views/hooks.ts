import type { Hook } from '../../state/hook.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { repositoryUrl } from './repositories.ts'

export function hookView(world: World, repository: Repository, hook: Hook) {
  const url = `${repositoryUrl(world, repository)}/hooks/${hook.id}`
  return {
    type: 'Repository' as const,
    id: hook.id,
    name: 'web',
    active: hook.active,
    events: [...hook.events],
    config: {
      content_type: 'json' as const,
      url: hook.url,
      insecure_ssl: '0' as const,
      ...(hook.secret === null ? {} : { secret: '********' }),
    },
    updated_at: hook.updatedAt,
    created_at: hook.createdAt,
    url,
    test_url: `${url}/tests`,
    ping_url: `${url}/pings`,
    deliveries_url: `${url}/deliveries`,
    last_response: {
      code: hook.lastCode,
      status:
        hook.lastCode === null ? 'unused' : hook.lastCode >= 200 && hook.lastCode < 300 ? 'active' : 'failed',
      message: null,
    },
  } satisfies Schemas['hook']
}
