import {
  type CreateTask,
  type EditTask,
  type ListTasksQuery,
  OptioError,
  type RepoBlueprint,
  type routes,
  type Standalone,
} from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import type { RunRef } from '../../engine/engine.ts'
import type { Identity } from '../../http/authorize.ts'
import { handle } from '../../http/register.ts'
import type { BlueprintService } from '../blueprints/service.ts'
import { invalidField } from '../invalid.ts'
import type { Page } from '../newest-first.ts'
import { runRefOf } from '../run-ref.ts'
import type { TaskService } from '../tasks/service.ts'
import { addressOf, triggerRefOf } from '../triggers/routes.ts'
import type { TriggerService } from '../triggers/service.ts'
import { toTrigger } from '../triggers/view.ts'

interface Definitions {
  readonly standalone: Standalone
  readonly 'repo-blueprint': RepoBlueprint
}

export interface AliasDeps {
  readonly tasks: TaskService
  readonly blueprints: BlueprintService
  readonly triggers: TriggerService
}

export type DefinitionAlias<T extends keyof Definitions> = ReturnType<typeof createAlias<T>>

/** What `/api/tasks` does, for definitions of one type only, as the older addresses want it. */
export function createAlias<T extends keyof Definitions>(type: T, { tasks, blueprints }: AliasDeps) {
  const only = (task: { readonly type: string }): Definitions[T] => {
    if (task.type === type) return task as Definitions[T]
    throw new OptioError('WRONG_TASK_TYPE', `This is a ${task.type}. Use /api/tasks for it.`)
  }
  const get = async (ref: RunRef): Promise<Definitions[T]> => only(await blueprints.get(ref))

  return {
    get,

    async list(
      identity: Identity,
      page: Pick<ListTasksQuery, 'limit' | 'offset' | 'cursor'>,
    ): Promise<Page<Definitions[T]>> {
      const { rows, answer } = await tasks.list(identity, { ...page, type, fields: 'summary' })
      return { rows: rows.map(only), answer }
    },

    /** A type that is not given is read as `repo-task`, which nobody can mean here. */
    async create(identity: Identity, body: CreateTask, id: string): Promise<Definitions[T]> {
      if (body.type !== 'repo-task' && body.type !== type) {
        throw invalidField('type', `must be ${type} here. Leave it out, or use /api/tasks.`)
      }
      return only(await tasks.create(identity, { ...body, type }, id))
    },

    async edit(ref: RunRef, change: EditTask, actor: string): Promise<Definitions[T]> {
      await get(ref)
      return only(await blueprints.edit(ref, change, actor))
    },

    async remove(ref: RunRef, actor: string): Promise<void> {
      await get(ref)
      await blueprints.remove(ref, actor)
    },
  }
}

/** The triggers of a definition, below its older address. */
export function triggerAliases<T extends keyof Definitions>(
  app: FastifyInstance,
  group: typeof routes.jobs | typeof routes.taskConfigs,
  alias: DefinitionAlias<T>,
  triggers: TriggerService,
): void {
  handle(app, group.triggers, async (given) => {
    await alias.get(runRefOf(given))
    const found = await triggers.list(runRefOf(given))
    return { triggers: found.map((row) => toTrigger(row, addressOf(given.request))) }
  })
  handle(
    app,
    group.createTrigger,
    async (given) => {
      await alias.get(runRefOf(given))
      const created = await triggers.create(runRefOf(given), given.body, given.newId, given.identity.userId)
      return { trigger: toTrigger(created, addressOf(given.request)) }
    },
    {
      created: async (given) => {
        const ref = triggerRefOf({ ...given, params: { ...given.params, triggerId: given.newId } })
        return { trigger: toTrigger(await triggers.get(ref), addressOf(given.request)) }
      },
    },
  )
  handle(app, group.editTrigger, async (given) => {
    await alias.get(runRefOf(given))
    const edited = await triggers.edit(triggerRefOf(given), given.body, given.identity.userId)
    return { trigger: toTrigger(edited, addressOf(given.request)) }
  })
  handle(app, group.removeTrigger, async (given) => {
    await alias.get(runRefOf(given))
    await triggers.remove(triggerRefOf(given), given.identity.userId)
    return undefined
  })
}
