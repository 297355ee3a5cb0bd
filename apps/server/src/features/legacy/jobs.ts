import { type Run, routes, type Task } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { RunService } from '../blueprints/runs.ts'
import { runRefOf } from '../run-ref.ts'
import { type AliasDeps, createAlias, triggerAliases } from './definitions.ts'

/** `/api/jobs` and `/api/workflow-runs`: standalone tasks and their runs under the names they had. */
export function jobRoutes(app: FastifyInstance, deps: AliasDeps & { readonly runs: RunService }): void {
  const jobs = createAlias('standalone', deps)
  const { runs } = deps
  handle(app, routes.jobs.list, async ({ identity, query }) => {
    const { rows, answer } = await jobs.list(identity, query)
    return { workflows: [...rows], ...answer }
  })
  handle(
    app,
    routes.jobs.create,
    async ({ identity, body, newId }) => ({ workflow: await jobs.create(identity, body, newId) }),
    {
      created: async ({ identity: { workspaceId }, newId }) => ({
        workflow: await jobs.get({ workspaceId, runId: newId }),
      }),
    },
  )
  handle(app, routes.jobs.get, async (given) => ({ workflow: await jobs.get(runRefOf(given)) }))
  handle(app, routes.jobs.edit, async (given) => ({
    workflow: await jobs.edit(runRefOf(given), given.body, given.identity.userId),
  }))
  handle(app, routes.jobs.remove, async (given) => {
    await jobs.remove(runRefOf(given), given.identity.userId)
    return undefined
  })
  triggerAliases(app, routes.jobs, jobs, deps.triggers)

  handle(app, routes.jobs.runs, async (given) => {
    await jobs.get(runRefOf(given))
    const { rows, answer } = await runs.list(runRefOf(given), given.query)
    return { runs: rows.filter(isRun), ...answer }
  })
  handle(
    app,
    routes.jobs.startRun,
    async (given) => {
      await jobs.get(runRefOf(given))
      const { workspaceId, userId } = given.identity
      const { runId } = await runs.start(runRefOf(given), given.body?.params ?? null, given.newId, userId)
      return { run: await runs.standaloneRun({ workspaceId, runId }) }
    },
    {
      created: async ({ identity: { workspaceId }, newId }) => ({
        run: await runs.standaloneRun({ workspaceId, runId: newId }),
      }),
    },
  )
  handle(app, routes.jobs.run, async (given) => ({ run: await runs.standaloneRun(runRefOf(given)) }))
}

function isRun(run: Run | Task): run is Run {
  return 'workflowId' in run
}
