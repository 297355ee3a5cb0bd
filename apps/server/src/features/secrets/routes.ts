import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { SecretManagement } from './management.ts'

export function secretRoutes(app: FastifyInstance, secrets: SecretManagement): void {
  handle(app, routes.secrets.list, async ({ identity, query }) => {
    const { rows, answer } = await secrets.list(identity, query)
    return { secrets: [...rows], ...answer }
  })
  handle(app, routes.secrets.save, ({ identity, body }) => secrets.save(identity, body))
  handle(app, routes.secrets.encryption, async () => ({ encryption: await secrets.encryption() }))
  handle(app, routes.secrets.rotateKey, async ({ identity }) => {
    await secrets.rotateKey(identity)
    return { encryption: await secrets.encryption() }
  })
  handle(app, routes.secrets.remove, async ({ identity, params, query }) => {
    await secrets.remove(identity, params.name, query.scope)
    return undefined
  })
}
