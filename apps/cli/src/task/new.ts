import type { TaskTemplate } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient, BodyOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { withoutGaps } from '../fields.ts'
import { readJsonObject, readPrompt } from '../input.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { findTemplate } from '../task-template/find.ts'
import { executed } from './executed.ts'
import { findTaskId } from './find.ts'
import { logs } from './logs.ts'
import { awaitOutcome } from './wait.ts'

interface NewOptions {
  readonly template?: string
  readonly title?: string
  readonly repo?: string
  readonly branch?: string
  readonly agent?: string
  readonly model?: string
  readonly priority?: number
  readonly budget?: string
  readonly maxTurns?: number
  readonly maxRetries?: number
  readonly metadata?: string
  readonly after?: string[]
  readonly wait?: boolean
  readonly follow?: boolean
}

/** Those of a template that a task has, where they say something. */
function fieldsIn(template: TaskTemplate | null) {
  if (template === null) return {}
  const { title, agentType, priority, metadata } = template
  return Object.fromEntries(
    Object.entries({ title, agentType, priority, metadata }).filter(([, value]) => value !== null),
  )
}

type Body = BodyOf<ApiClient['tasks']['create']>

export async function create(cli: Cli, words: readonly string[], options: NewOptions): Promise<ExitCode> {
  const client = await cli.client()
  // Before anybody writes a prompt in vain.
  const template = options.template === undefined ? null : await findTemplate(client, options.template)
  const inTemplate = options.repo === undefined ? (template?.repoUrl ?? undefined) : undefined
  const repoUrl = inTemplate ?? (await findRepo(cli, client, options.repo)).repoUrl
  const metadata = options.metadata === undefined ? undefined : await readJsonObject(cli, options.metadata)
  const dependsOn = await Promise.all((options.after ?? []).map((each) => findTaskId(client, each)))
  const prompt = template !== null && words.length === 0 ? template.prompt : await readPrompt(cli, words)
  const given = {
    title: options.title,
    repoBranch: options.branch,
    agentType: options.agent,
    model: options.model,
    priority: options.priority,
    budgetUsd: options.budget,
    maxTurns: options.maxTurns,
    maxRetries: options.maxRetries,
    metadata,
  }
  // What a value may be is the server's to say: it names the field it refuses.
  const body = { ...fieldsIn(template), ...withoutGaps(given), prompt, repoUrl, dependsOn } as Body
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
