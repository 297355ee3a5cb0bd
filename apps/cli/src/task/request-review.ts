import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { withoutGaps } from '../fields.ts'
import { readStdin } from '../input.ts'
import { note, printJson } from '../print.ts'
import { findTaskId } from './find.ts'
import { awaitOutcome } from './wait.ts'

interface Options {
  readonly prompt?: string
  readonly agent?: string
  readonly model?: string
  readonly wait?: boolean
}

type Body = BodyOf<ApiClient['tasks']['review']>

/** Has an agent review the pull request as it is now. */
export async function requestReview(cli: Cli, given: string, options: Options): Promise<ExitCode> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const prompt = options.prompt === '-' ? await readStdin(cli) : options.prompt
  const body = withoutGaps({ prompt, agentType: options.agent, model: options.model }) as Body
  const answer = await client.tasks.review({ params: { id }, body })
  const { reviewTaskId } = answer
  if (cli.json && !options.wait) await printJson(cli, answer)
  if (!cli.json) {
    await cli.out.write(`${reviewTaskId}\n`)
    await note(cli, `The review is queued: ${await cli.url()}/tasks/${reviewTaskId}`)
  }
  return options.wait ? await awaitOutcome(cli, client, reviewTaskId) : EXIT.OK
}
