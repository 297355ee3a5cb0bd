import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { readStdin } from '../input.ts'
import { note, printJson } from '../print.ts'
import { findTaskId } from './find.ts'

interface ReviewOptions {
  readonly body?: string
  readonly file?: string
  readonly line?: number
  readonly comment?: string[]
}

const STATES = { approve: 'approved', 'request-changes': 'changes_requested', comment: 'commented' } as const

type ReviewBody = BodyOf<ApiClient['pullRequests']['review']>

export async function review(
  cli: Cli,
  given: string,
  verdict: keyof typeof STATES,
  options: ReviewOptions,
): Promise<void> {
  const body = await bodyOf(cli, verdict, options)
  const client = await cli.client()
  const answer = await client.pullRequests.review({ params: { id: await findTaskId(client, given) }, body })
  if (cli.json) return await printJson(cli, answer)
  await note(cli, `Your review (${answer.review.state}) speaks about ${answer.review.sha}.`)
}

async function bodyOf(cli: Cli, verdict: keyof typeof STATES, options: ReviewOptions): Promise<ReviewBody> {
  const said = options.body === '-' ? await readStdin(cli) : options.body
  const comments = (options.comment ?? []).map(parseComment)
  if (options.line !== undefined && options.file === undefined) throw usage('--line needs --file.')
  if (options.file === undefined) return { state: STATES[verdict], body: said ?? '', comments }
  if (!said) throw usage('--file needs --body: what you have to say about it.')
  const about = { path: options.file, line: options.line ?? null, body: said }
  return { state: STATES[verdict], body: '', comments: [about, ...comments] }
}

/** `src/a.ts:12: This is wrong` */
function parseComment(text: string) {
  const match = /^(.+?):(\d+):\s*([\s\S]+)$/.exec(text)
  if (match === null) throw usage(`“${text}” is no comment on a line: write it as path:line:text.`)
  const [, path = '', line = '', body = ''] = match
  return { path, line: Number(line), body }
}
