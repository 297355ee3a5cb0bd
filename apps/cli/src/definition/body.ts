import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { orNothing, withoutGaps } from '../fields.ts'
import { readJsonObject } from '../input.ts'
import { findRepo } from '../repo/find.ts'

/** What both commands take, the one that creates and the one that edits. Those of one type are not there for the other. */
export interface DefinitionOptions {
  readonly name?: string
  readonly title?: string
  readonly description?: string
  readonly repo?: string
  readonly branch?: string
  readonly agent?: string
  readonly agentCommand?: string[]
  readonly model?: string
  readonly priority?: number
  readonly budget?: string
  readonly maxTurns?: number | ''
  readonly maxRetries?: number
  readonly maxConcurrent?: number
  readonly setup?: string
  readonly env?: string[]
  readonly maxTime?: number
  readonly stallAfter?: number
  readonly paramsSchema?: string
  readonly file?: string
}

type Spec = Readonly<Record<string, unknown>>

/**
 * The options as fields of a request, over those of the file. What a value may be is the server's to say: it names the field it
 * refuses. `before` is the environment that options about it change.
 */
export async function fieldsOf(
  cli: Cli,
  client: ApiClient,
  options: DefinitionOptions,
  before: Spec | null,
): Promise<Record<string, unknown>> {
  const fromFile = options.file === undefined ? {} : await readJsonObject(cli, options.file)
  const repo = options.repo === undefined ? undefined : await findRepo(cli, client, options.repo)
  const schema =
    options.paramsSchema === undefined || options.paramsSchema === ''
      ? orNothing(options.paramsSchema)
      : await readJsonObject(cli, options.paramsSchema)
  const given = {
    name: options.name,
    title: orNothing(options.title),
    description: orNothing(options.description),
    repoUrl: repo?.repoUrl,
    repoBranch: orNothing(options.branch),
    agentType: orNothing(options.agent ?? (options.agentCommand ? 'command' : undefined)),
    agentCommand: options.agentCommand,
    model: orNothing(options.model),
    priority: options.priority,
    budgetUsd: orNothing(options.budget),
    maxTurns: orNothing(options.maxTurns),
    maxRetries: options.maxRetries,
    maxConcurrent: options.maxConcurrent,
    paramsSchema: schema,
    environmentSpec: specOf(options, (fromFile.environmentSpec as Spec | null | undefined) ?? before),
  }
  return { ...fromFile, ...withoutGaps(given) }
}

/** Null when nothing is left of it; undefined when no option is about it. */
function specOf(options: DefinitionOptions, before: Spec | null): Spec | null | undefined {
  const given = withoutGaps({
    setupCommands: orNothing(options.setup),
    env: options.env === undefined ? undefined : variablesOf(options.env),
    maxAttemptMs: options.maxTime,
    stallThresholdMs: options.stallAfter,
  })
  if (Object.keys(given).length === 0) return undefined
  const merged = Object.entries({ ...before, ...given }).filter(([, value]) => value !== null)
  return merged.length === 0 ? null : Object.fromEntries(merged)
}

function variablesOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at <= 0) throw usage(`“${word}” is no variable: write it as NAME=value.`)
      return [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}
