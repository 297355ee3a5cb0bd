import { z } from 'zod'
import { uuid } from './common.ts'
import { repoBlueprint, standalone } from './definitions.ts'
import { pageAnswer, pageQuery } from './paging.ts'
import { run } from './runs.ts'

/** Older addresses of standalone tasks (`/api/jobs`) and blueprints (`/api/task-configs`): other envelopes, the same things. */
export const listLegacyQuery = z.object(pageQuery)
export const workflowAnswer = z.object({ workflow: standalone })
export const workflowList = z.object({ workflows: z.array(standalone), ...pageAnswer })
export const workflowRunAnswer = z.object({ run })
export const workflowRunList = z.object({ runs: z.array(run), ...pageAnswer })
export const taskConfigAnswer = z.object({ taskConfig: repoBlueprint })
export const taskConfigList = z.object({ taskConfigs: z.array(repoBlueprint), ...pageAnswer })
export const spawnedTask = z.object({ taskId: uuid })
