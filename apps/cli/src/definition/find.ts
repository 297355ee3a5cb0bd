import type { RepoBlueprint, Standalone } from '@optio/contract'
import { isDefinition } from '@optio/contract/task-kind'
import type { ApiClient } from '../api.ts'
import { CliError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { allOf, isId, matching, onlyOne, pagesOf, type Sought } from '../ids.ts'

export type Definition = RepoBlueprint | Standalone
export type DefinitionType = Definition['type']

const DEFINITION_TYPES = ['repo-blueprint', 'standalone'] as const

const WORDS: Readonly<Record<DefinitionType, Sought>> = {
  'repo-blueprint': {
    noun: 'blueprint',
    plural: 'blueprints',
    code: 'TASK_NOT_FOUND',
    command: 'optio blueprint list',
  },
  standalone: {
    noun: 'standalone task',
    plural: 'standalone tasks',
    code: 'TASK_NOT_FOUND',
    command: 'optio standalone list',
  },
}

const EITHER: Sought = {
  noun: 'blueprint or standalone task',
  plural: 'blueprints or standalone tasks',
  code: 'TASK_NOT_FOUND',
  command: 'optio task list --type all',
}

/** How one of this type is called, in words. */
export function nounOf(type: DefinitionType): string {
  return WORDS[type].noun
}

/** All definitions of a type, newest first. */
export async function definitionsOf(client: ApiClient, type: DefinitionType): Promise<Definition[]> {
  const pages = pagesOf(async (page) => {
    const { tasks, ...rest } = await client.tasks.list({ query: { type, ...page } })
    return { things: tasks.filter(isDefinition), ...rest }
  })
  return await allOf(pages)
}

/** A definition by its name or part of its id, of one type or of either. Throws when none is meant, or several are. */
export async function findDefinitionId(
  client: ApiClient,
  given: string,
  type?: DefinitionType,
): Promise<string> {
  if (isId(given)) return given.toLowerCase()
  const types = type === undefined ? DEFINITION_TYPES : [type]
  const all = (await Promise.all(types.map((each) => definitionsOf(client, each)))).flat()
  const named = all.map(({ id, name }) => ({ id, title: name }))
  return onlyOne(matching(named, given), given, type === undefined ? EITHER : WORDS[type]).id
}

/** The same, whole. Throws for the id of something else. */
export async function getDefinition(
  client: ApiClient,
  given: string,
  type?: DefinitionType,
): Promise<Definition> {
  const id = await findDefinitionId(client, given, type)
  const { task } = await client.tasks.get({ params: { id } })
  if (isDefinition(task) && (type === undefined || task.type === type)) return task
  const { noun, command } = type === undefined ? EITHER : WORDS[type]
  throw new CliError(
    EXIT.REFUSED,
    'WRONG_TASK_TYPE',
    `${id} is a ${task.type} and no ${noun}. \`${command}\` shows those.`,
  )
}
