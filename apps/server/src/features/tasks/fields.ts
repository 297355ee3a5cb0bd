import type { CreateTask, EditTask } from '@optio/contract'
import { invalidField } from '../invalid.ts'
import type { DefinitionType } from './resolve.ts'

type CreateField = keyof CreateTask
type EditField = keyof EditTask

const OF_DEFINITIONS: readonly CreateField[] = ['enabled', 'paramsSchema']
const OF_STANDALONE: readonly CreateField[] = ['agentCommand', 'maxConcurrent', 'environmentSpec']
const OF_REPO_TASKS: readonly CreateField[] = ['dependsOn', 'ticketSource', 'ticketExternalId', 'ticketUrl']

/** What is of no use for each type. */
const USELESS: Readonly<Record<CreateTask['type'], readonly CreateField[]>> = {
  'repo-task': [...OF_DEFINITIONS, ...OF_STANDALONE],
  'repo-blueprint': [...OF_STANDALONE, ...OF_REPO_TASKS],
  standalone: ['repoUrl', 'repoBranch', ...OF_REPO_TASKS],
}

/** Refuses, with VALIDATION, what would have no effect: whoever gives it expects one. */
export function refuseUselessFields(body: CreateTask): void {
  for (const field of USELESS[body.type]) {
    const value = body[field]
    const given = value != null && !(field === 'dependsOn' && body.dependsOn.length === 0)
    if (given) throw invalidField(field, `is of no use for a ${body.type}. Leave it out.`)
  }
}

const EDITABLE_OF_RUNS: readonly EditField[] = ['title', 'priority', 'metadata', 'budgetUsd', 'blocksParent']
const FIXED: Readonly<Record<DefinitionType, readonly EditField[]>> = {
  'repo-blueprint': ['blocksParent', 'agentCommand', 'maxConcurrent', 'environmentSpec'],
  standalone: ['blocksParent', 'repoBranch'],
}

/** Refuses, with VALIDATION, what cannot be changed of a thing of this type. */
export function refuseFixedFields(change: EditTask, type: DefinitionType | 'run'): void {
  for (const field of Object.keys(change) as EditField[]) {
    const fixed = type === 'run' ? !EDITABLE_OF_RUNS.includes(field) : FIXED[type].includes(field)
    if (!fixed) continue
    const thing = type === 'run' ? 'task once it is created' : type
    throw invalidField(field, `cannot be changed of a ${thing}. Leave it out.`)
  }
}
