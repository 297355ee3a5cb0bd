import { executed } from '@optio/contract/task-kind'
import { showControls } from '@optio/contract/text'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { findTaskId } from './find.ts'
import { readPrompt } from './input.ts'
import { logs } from './logs.ts'
import { awaitOutcome } from './wait.ts'

interface NewOptions {
  readonly title?: string
  readonly repo?: string
  readonly branch?: string
  readonly agent?: string
  readonly model?: string
  readonly priority?: number
  readonly budget?: string
  readonly maxTurns?: number
  readonly after?: string[]
  readonly wait?: boolean
  readonly follow?: boolean
}

type Body = NonNullable<NonNullable<Parameters<ApiClient['tasks']['create']>[0]>['body']>

export async function create(cli: Cli, words: readonly string[], options: NewOptions): Promise<ExitCode> {
  const client = await cli.client()
  // Before anybody writes a prompt in vain.
  const repo = await findRepo(cli, client, options.repo)
  const dependsOn = await Promise.all((options.after ?? []).map((each) => findTaskId(client, each)))
  const prompt = await readPrompt(cli, words)
  const given = {
    title: options.title,
    repoBranch: options.branch,
    agentType: options.agent,
    model: options.model,
    priority: options.priority,
    budgetUsd: options.budget,
    maxTurns: options.maxTurns,
  }
  const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  // What a value may be is the server's to say: it names the field it refuses.
  const body = { ...fields, prompt, repoUrl: repo.repoUrl, dependsOn } as Body
  const answer = executed(await client.tasks.create({ body }))
  const { task } = answer
  const stays = options.wait || options.follow
  // One document: with --wait it is the one of the end.
  if (cli.json && !stays) await printJson(cli, answer)
  if (!cli.json) {
    await cli.out.write(`${task.id}\n`)
    await note(cli, showControls(`“${task.title}” is ${task.state}: ${await cli.url()}/tasks/${task.id}`))
  }
  if (!stays) return EXIT.OK
  if (options.follow && !cli.json) await logs(cli, task.id, { follow: true })
  return await awaitOutcome(cli, client, task.id)
}
