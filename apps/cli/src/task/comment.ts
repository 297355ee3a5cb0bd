import type { Comment } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { confirm } from '../confirm.ts'
import { EXIT } from '../exit-codes.ts'
import { withoutGaps } from '../fields.ts'
import { allOf, isId, matching, onlyOne, pagesOf } from '../ids.ts'
import { readWords } from '../input.ts'
import { note, printJson } from '../print.ts'
import { shortId } from '../terminal/words.ts'
import { findTaskId } from './find.ts'

export async function add(cli: Cli, given: string, words: readonly string[]): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const answer = await client.comments.create({
    params: { id },
    body: { content: await readWords(cli, words) },
  })
  if (cli.json) return await printJson(cli, answer)
  await note(cli, `Comment ${shortId(answer.comment.id)} is there for people; the agent is not told.`)
}

export async function list(
  cli: Cli,
  given: string,
  { limit, cursor }: { readonly limit?: number; readonly cursor?: string },
): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const page = await client.comments.list({ params: { id }, query: withoutGaps({ limit, cursor }) })
  if (cli.json) return await printJson(cli, page)
  if (page.comments.length === 0) return await note(cli, 'No comments.')
  for (const comment of page.comments) await cli.out.write(textOf(cli, comment))
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

function textOf({ colors }: Cli, { id, author, content, createdAt, updatedAt }: Comment): string {
  const edited = updatedAt === createdAt ? '' : ', edited'
  const heading = `${colors.cyan(shortId(id))}  ${colors.bold(showControls(author))}  ${colors.dim(`${createdAt}${edited}`)}`
  return `${heading}\n${showControls(content, { lines: true })}\n\n`
}

export async function edit(
  cli: Cli,
  given: string,
  comment: string,
  words: readonly string[],
): Promise<void> {
  const client = await cli.client()
  const params = await find(client, given, comment)
  const answer = await client.comments.edit({ params, body: { content: await readWords(cli, words) } })
  if (cli.json) return await printJson(cli, answer)
  await note(cli, 'Changed.')
}

export async function remove(
  cli: Cli,
  given: string,
  comment: string,
  options: { readonly yes?: boolean },
): Promise<void> {
  const client = await cli.client()
  const params = await find(client, given, comment)
  const sure = options.yes === true || (await confirm(cli, `Remove comment ${shortId(params.commentId)}?`))
  if (!sure) throw new CliError(EXIT.REFUSED, 'NOT_CONFIRMED', 'Nothing was removed.')
  await client.comments.remove({ params })
  if (!cli.json) await note(cli, 'Removed.')
}

async function find(client: ApiClient, task: string, given: string) {
  const taskId = await findTaskId(client, task)
  if (isId(given)) return { taskId, commentId: given.toLowerCase() }
  const pages = pagesOf(async (query) => {
    const { comments, ...rest } = await client.comments.list({ params: { id: taskId }, query })
    return { things: comments.map(({ id, content }) => ({ id, title: content.slice(0, 60) })), ...rest }
  })
  const { id: commentId } = onlyOne(matching(await allOf(pages), given), given, {
    noun: 'comment',
    plural: 'comments',
    code: 'COMMENT_NOT_FOUND',
    command: `optio task comment list ${task}`,
  })
  return { taskId, commentId }
}
