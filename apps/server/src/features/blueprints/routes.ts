import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import { runRefOf } from '../run-ref.ts'
import type { RunService } from './runs.ts'

export function runRoutes(app: FastifyInstance, runs: RunService): void {
  handle(
    app,
    routes.runs.list,
    async (given) => {
      const { rows, answer } = await runs.list(runRefOf(given), given.query)
      return { runs: [...rows], ...answer }
    },
    { shared: true },
  )
  handle(
    app,
    routes.runs.start,
    (given) => runs.start(runRefOf(given), given.body?.params ?? null, given.newId, given.identity.userId),
    { created: (given) => runs.started(runRefOf(given), given.newId) },
  )
  handle(app, routes.runs.get, async (given) => ({
    run: await runs.get(runRefOf(given), given.params.runId),
  }))
  handle(app, routes.runs.preview, (given) => runs.preview(runRefOf(given), given.body?.params ?? null))
}
