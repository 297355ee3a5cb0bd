import { showControls } from '@optio/contract/text'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { withoutGaps } from '../fields.ts'
import { readText } from '../input.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'

interface AssignOptions {
  readonly repo?: string
  readonly title?: string
  readonly body?: string
  readonly agent?: string
  readonly model?: string
}

export async function assign(cli: Cli, given: string, options: AssignOptions): Promise<void> {
  const client = await cli.client()
  const { repo, number } = issueOf(given)
  if (repo !== undefined && options.repo !== undefined) {
    throw usage('The issue names its repository already: leave --repo out.')
  }
  const { id: repoId } = await findRepo(cli, client, repo ?? options.repo)
  const body = options.body === undefined ? undefined : await readText(cli, options.body)
  const { title, agent: agentType, model } = options
  const request = { repoId, issueNumber: number, ...withoutGaps({ title, body, agentType, model }) }
  const answer = await client.issues.assign({ body: request as BodyOf<ApiClient['issues']['assign']> })
  if (cli.json) return await printJson(cli, answer)
  const { task } = answer
  await cli.out.write(`${task.id}\n`)
  await note(cli, showControls(`“${task.title}” is ${task.state}: ${await cli.url()}/tasks/${task.id}`))
}

/** `owner/name#42`, `42`, `#42`, or the address of its page. */
function issueOf(given: string): { readonly repo: string | undefined; readonly number: number } {
  const match =
    /^(?:https?:\/\/[^/]+\/)([\w.-]+\/[\w.-]+)\/issues\/(\d{1,9})\/?$/.exec(given) ??
    /^(?:([\w.-]+\/[\w.-]+))?#?(\d{1,9})$/.exec(given)
  if (match === null) throw usage(`“${given}” is no issue: give owner/name#42, its address, or its number.`)
  return { repo: match[1], number: Number(match[2]) }
}
