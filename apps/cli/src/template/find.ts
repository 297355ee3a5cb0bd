import type { PromptTemplate } from '@optio/contract'
import type { ApiClient } from '../api.ts'
import { allOf, isId, matching, onlyOne, pagesOf } from '../ids.ts'

/** The id of a prompt template by its name or part of its id. Throws when none is meant, or several are. */
export async function findTemplateId(client: ApiClient, given: string): Promise<string> {
  if (isId(given)) return given.toLowerCase()
  const pages = pagesOf(async (query) => {
    const { templates, ...rest } = await client.promptTemplates.list({ query })
    return { things: templates.map(({ id, name }) => ({ id, title: name })), ...rest }
  })
  return onlyOne(matching(await allOf(pages), given), given, {
    noun: 'prompt template',
    plural: 'prompt templates',
    code: 'TEMPLATE_NOT_FOUND',
    command: 'optio template list',
  }).id
}

/** The same, whole. */
export async function getTemplate(client: ApiClient, given: string): Promise<{ template: PromptTemplate }> {
  return await client.promptTemplates.get({ params: { id: await findTemplateId(client, given) } })
}
