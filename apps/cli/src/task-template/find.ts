import type { TaskTemplate } from '@optio/contract'
import type { ApiClient } from '../api.ts'
import { allOf, isId, matching, onlyOne, pagesOf } from '../ids.ts'

/** A task template by its name or part of its id. Throws when none is meant, or several are. */
export async function findTemplate(client: ApiClient, given: string): Promise<TaskTemplate> {
  const id = isId(given) ? given.toLowerCase() : (await search(client, given)).id
  return (await client.taskTemplates.get({ params: { id } })).template
}

async function search(client: ApiClient, given: string) {
  const pages = pagesOf(async (query) => {
    const { templates, ...rest } = await client.taskTemplates.list({ query })
    return { things: templates.map(({ id, name }) => ({ id, title: name })), ...rest }
  })
  return onlyOne(matching(await allOf(pages), given), given, {
    noun: 'task template',
    plural: 'task templates',
    code: 'TEMPLATE_NOT_FOUND',
    command: 'optio task-template list',
  })
}
