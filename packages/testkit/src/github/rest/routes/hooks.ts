import { isoOf } from '../../clock.ts'
import type { HookDelivery } from '../../control/webhooks.ts'
import { addHook } from '../../deeds/hooks.ts'
import { emptyAnswer, jsonAnswer } from '../../http/answer.ts'
import type { Hook } from '../../state/hook.ts'
import { notFound } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import { listAnswer } from '../page.ts'
import type { RestRequest } from '../request.ts'
import { ADMIN, repositoryRoute } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { hookView } from '../views/hooks.ts'

const HOOKS_READ = ADMIN('repository_hooks=read')
const HOOKS_WRITE = ADMIN('repository_hooks=write')

function hookOf(request: RestRequest, repository: Repository): Hook {
  const hook = repository.hooks.get(request.number('hook'))
  if (hook === undefined) throw notFound()
  return hook
}

function deliveriesOf({ webhooks }: RestRequest, hook: Hook): HookDelivery[] {
  return webhooks.deliveries
    .filter(({ hookId, deliveredAt }) => hookId === hook.id && deliveredAt !== null)
    .toReversed()
}

function deliveryView(repository: Repository, delivery: HookDelivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: isoOf(delivery.deliveredAt ?? 0),
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1000,
    status: delivery.statusCode === 0 ? 'failed to connect to host' : 'OK',
    status_code: delivery.statusCode ?? 0,
    event: delivery.event,
    action: delivery.action,
    installation_id: null,
    repository_id: repository.id,
  } satisfies Schemas['hook-delivery-item']
}

export const HOOK_ROUTES = [
  repositoryRoute('GET', '/hooks', HOOKS_READ, (request, repository) =>
    listAnswer(request, [...repository.hooks.values()], (hook) => hookView(request.world, repository, hook)),
  ),
  repositoryRoute('POST', '/hooks', HOOKS_WRITE, (request, repository) => {
    const config = (request.body.config ?? {}) as Record<string, unknown>
    const hook = addHook(request.world, repository, {
      url: typeof config.url === 'string' ? config.url : '',
      ...(typeof config.secret === 'string' ? { secret: config.secret } : {}),
      events: request.texts('events') ?? ['push'],
      active: request.boolean('active') ?? true,
    })
    const view = hookView(request.world, repository, hook)
    return jsonAnswer(201, view, { location: view.url })
  }),
  repositoryRoute('GET', '/hooks/:hook', HOOKS_READ, (request, repository) =>
    jsonAnswer(200, hookView(request.world, repository, hookOf(request, repository))),
  ),
  repositoryRoute('PATCH', '/hooks/:hook', HOOKS_WRITE, (request, repository) => {
    const hook = hookOf(request, repository)
    const config = (request.body.config ?? {}) as Record<string, unknown>
    if (typeof config.url === 'string') hook.url = config.url
    if (typeof config.secret === 'string') hook.secret = config.secret
    hook.events = request.texts('events') ?? hook.events
    hook.active = request.boolean('active') ?? hook.active
    hook.updatedAt = request.world.clock.iso()
    return jsonAnswer(200, hookView(request.world, repository, hook))
  }),
  repositoryRoute('DELETE', '/hooks/:hook', HOOKS_WRITE, (request, repository) => {
    repository.hooks.delete(hookOf(request, repository).id)
    return emptyAnswer(204)
  }),
  repositoryRoute('POST', '/hooks/:hook/pings', HOOKS_READ, (request, repository) => {
    request.world.ping(repository, hookOf(request, repository))
    return emptyAnswer(204)
  }),
  repositoryRoute('GET', '/hooks/:hook/deliveries', HOOKS_READ, (request, repository) =>
    listAnswer(request, deliveriesOf(request, hookOf(request, repository)), (delivery) =>
      deliveryView(repository, delivery),
    ),
  ),
  repositoryRoute('GET', '/hooks/:hook/deliveries/:id', HOOKS_READ, (request, repository) => {
    const delivery = deliveryOf(request, repository)
    const shown: Schemas['hook-delivery'] = {
      ...deliveryView(repository, delivery),
      url: '',
      request: { headers: delivery.headers, payload: delivery.payload },
      response: { headers: {}, payload: null },
    }
    return jsonAnswer(200, shown)
  }),
  repositoryRoute('POST', '/hooks/:hook/deliveries/:id/attempts', HOOKS_WRITE, (request, repository) => {
    void request.webhooks.redeliver(deliveryOf(request, repository).guid)
    return jsonAnswer(202, {})
  }),
]

function deliveryOf(request: RestRequest, repository: Repository): HookDelivery {
  const id = request.number('id')
  const delivery = deliveriesOf(request, hookOf(request, repository)).find((each) => each.id === id)
  if (delivery === undefined) throw notFound()
  return delivery
}
