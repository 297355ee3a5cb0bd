import type { z } from 'zod'
import { idParams } from './common.ts'
import {
  listLegacyQuery,
  spawnedTask,
  taskConfigAnswer,
  taskConfigList,
  workflowAnswer,
  workflowList,
  workflowRunAnswer,
  workflowRunList,
} from './legacy.ts'
import type { Route } from './route.ts'
import { startRunBody } from './runs.ts'
import { createTaskBody, editTaskBody } from './tasks.ts'
import { createTriggerBody, editTriggerBody, triggerAnswer, triggerList, triggerParams } from './triggers.ts'

/** An older address of `path`, for the definitions below `base`: the same handlers, other envelopes. */
function definitions<const B extends string, L extends z.ZodType, A extends z.ZodType>(
  base: B,
  tag: string,
  what: string,
  answers: { list: L; one: A },
) {
  const common = { tag, permission: 'tasks:write' } as const
  return {
    list: {
      ...common,
      method: 'GET',
      path: `/api/${base}`,
      permission: 'tasks:read',
      summary: `List ${what}s (older address of /api/tasks)`,
      query: listLegacyQuery,
      status: 200,
      answer: answers.list,
    },
    create: {
      ...common,
      method: 'POST',
      path: `/api/${base}`,
      summary: `Create a ${what} (older address of /api/tasks)`,
      body: createTaskBody,
      status: 201,
      answer: answers.one,
      creates: true,
    },
    get: {
      ...common,
      method: 'GET',
      path: `/api/${base}/:id`,
      permission: 'tasks:read',
      summary: `A ${what} (older address of /api/tasks/:id)`,
      params: idParams,
      status: 200,
      answer: answers.one,
    },
    edit: {
      ...common,
      method: 'PATCH',
      path: `/api/${base}/:id`,
      summary: `Change a ${what} (older address of /api/tasks/:id)`,
      params: idParams,
      body: editTaskBody,
      status: 200,
      answer: answers.one,
    },
    remove: {
      ...common,
      method: 'DELETE',
      path: `/api/${base}/:id`,
      summary: `Delete a ${what} (older address of /api/tasks/:id)`,
      params: idParams,
      status: 204,
      answer: null,
    },
    triggers: {
      ...common,
      method: 'GET',
      path: `/api/${base}/:id/triggers`,
      permission: 'tasks:read',
      summary: `Triggers of a ${what} (older address of /api/tasks/:id/triggers)`,
      params: idParams,
      status: 200,
      answer: triggerList,
    },
    createTrigger: {
      ...common,
      method: 'POST',
      path: `/api/${base}/:id/triggers`,
      summary: `Attach a trigger to a ${what} (older address of /api/tasks/:id/triggers)`,
      params: idParams,
      body: createTriggerBody,
      status: 201,
      answer: triggerAnswer,
      creates: true,
    },
    editTrigger: {
      ...common,
      method: 'PATCH',
      path: `/api/${base}/:id/triggers/:triggerId`,
      summary: `Change a trigger of a ${what} (older address of /api/tasks/:id/triggers/:triggerId)`,
      params: triggerParams,
      body: editTriggerBody,
      status: 200,
      answer: triggerAnswer,
    },
    removeTrigger: {
      ...common,
      method: 'DELETE',
      path: `/api/${base}/:id/triggers/:triggerId`,
      summary: `Take a trigger of a ${what} away (older address of /api/tasks/:id/triggers/:triggerId)`,
      params: triggerParams,
      status: 204,
      answer: null,
    },
  } as const satisfies Record<string, Route>
}

/** `/api/jobs`: standalone tasks under the name they had. */
export const jobRoutes = {
  ...definitions('jobs', 'legacy', 'standalone task', { list: workflowList, one: workflowAnswer }),
  runs: {
    method: 'GET',
    path: '/api/jobs/:id/runs',
    permission: 'tasks:read',
    tag: 'legacy',
    summary: 'Runs of a standalone task (older address of /api/tasks/:id/runs)',
    params: idParams,
    query: listLegacyQuery,
    status: 200,
    answer: workflowRunList,
  },
  startRun: {
    method: 'POST',
    path: '/api/jobs/:id/runs',
    permission: 'tasks:write',
    tag: 'legacy',
    summary: 'Run a standalone task now (older address of /api/tasks/:id/runs)',
    params: idParams,
    body: startRunBody,
    status: 201,
    answer: workflowRunAnswer,
    creates: true,
  },
  run: {
    method: 'GET',
    path: '/api/workflow-runs/:id',
    permission: 'tasks:read',
    tag: 'legacy',
    summary: 'A run of a standalone task (older address of /api/tasks/:id/runs/:runId)',
    params: idParams,
    status: 200,
    answer: workflowRunAnswer,
  },
} as const satisfies Record<string, Route>

/** `/api/task-configs`: blueprints under the name they had. */
export const taskConfigRoutes = {
  ...definitions('task-configs', 'legacy', 'repo-blueprint', { list: taskConfigList, one: taskConfigAnswer }),
  run: {
    method: 'POST',
    path: '/api/task-configs/:id/run',
    permission: 'tasks:write',
    tag: 'legacy',
    summary: 'Run a repo-blueprint now (older address of /api/tasks/:id/runs)',
    params: idParams,
    body: startRunBody,
    status: 202,
    answer: spawnedTask,
    creates: true,
  },
} as const satisfies Record<string, Route>
