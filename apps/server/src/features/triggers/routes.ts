import { routes } from '@optio/contract'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../../http/authorize.ts'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { TriggerRef } from './queries.ts'
import type { TriggerService } from './service.ts'
import { toFiring, toTrigger } from './view.ts'

export function triggerRoutes(app: FastifyInstance, service: TriggerService): void {
  handle(app, routes.triggers.list, async (given) => ({
    triggers: (await service.list(runRefOf(given))).map((row) => toTrigger(row, addressOf(given.request))),
  }))
  handle(
    app,
    routes.triggers.create,
    async (given) => ({
      trigger: toTrigger(
        await service.create(runRefOf(given), given.body, given.newId, given.identity.userId),
        addressOf(given.request),
      ),
    }),
    {
      created: async (given) => {
        const params = { id: given.params.id, triggerId: given.newId }
        const row = await service.get(triggerRefOf({ identity: given.identity, params }))
        return { trigger: toTrigger(row, addressOf(given.request)) }
      },
    },
  )
  handle(app, routes.triggers.edit, async (given) => ({
    trigger: toTrigger(
      await service.edit(triggerRefOf(given), given.body, given.identity.userId),
      addressOf(given.request),
    ),
  }))
  handle(app, routes.triggers.remove, async (given) => {
    await service.remove(triggerRefOf(given), given.identity.userId)
    return undefined
  })
  handle(app, routes.triggers.firings, async (given) => {
    const { rows, answer } = await service.firings(triggerRefOf(given), given.query)
    return { firings: rows.map(toFiring), ...answer }
  })
  handle(app, routes.triggers.previewSchedule, async ({ query }) => ({
    nextFireTimes: service.preview(query).map((time) => new Date(time).toISOString()),
  }))
}

/** Also for the older addresses. */
export function triggerRefOf(given: {
  identity: Identity
  params: { id: string; triggerId: string }
}): TriggerRef {
  const { id, triggerId } = given.params
  return { workspaceId: given.identity.workspaceId, blueprintId: id, triggerId }
}

/** As whoever asks has reached this Optio. */
export function addressOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`
}
