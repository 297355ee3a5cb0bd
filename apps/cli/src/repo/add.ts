import { resolve } from 'node:path'
import type { ConnectRepo } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'
import { parseSettings } from './settings.ts'
import { showRepo } from './show.ts'

interface AddOptions {
  readonly name?: string
  readonly branch?: string
  readonly agent?: string
  readonly agentCommand?: string[]
  readonly model?: string
  readonly setup?: string
  readonly test?: string
  readonly detect?: boolean
  readonly autoMerge?: boolean
  readonly mergeMethod?: string
  readonly budget?: string
  readonly maxTurns?: number
  readonly set?: string[]
}

export async function add(cli: Cli, path: string | undefined, options: AddOptions): Promise<void> {
  const client = await cli.client()
  const named = {
    fullName: options.name,
    defaultBranch: options.branch,
    defaultAgentType: options.agent ?? (options.agentCommand ? 'command' : undefined),
    agentCommand: options.agentCommand,
    model: options.model,
    setupCommands: options.setup,
    testCommand: options.test,
    autoMerge: options.autoMerge,
    mergeMethod: options.mergeMethod,
    budgetUsd: options.budget,
    maxTurnsCoding: options.maxTurns,
  }
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
  const repoUrl = isPlace(path) ? path : resolve(cli.cwd, path ?? '.')
  // What a value may be is the server's to say: it names the field it refuses.
  const body = { repoUrl, ...given, ...parseSettings(options.set ?? []) } as Partial<ConnectRepo> & {
    repoUrl: string
  }
  let answer = await client.repos.connect({ body })
  if (options.detect) {
    const { detected } = await client.repos.detect({ params: { id: answer.repo.id } })
    const found = {
      ...(detected.setupCommands !== null && !('setupCommands' in body)
        ? { setupCommands: detected.setupCommands }
        : {}),
      ...(detected.testCommand !== null && !('testCommand' in body)
        ? { testCommand: detected.testCommand }
        : {}),
    }
    if (Object.keys(found).length > 0) {
      answer = await client.repos.edit({ params: { id: answer.repo.id }, body: found })
    }
  }
  if (cli.json) return await printJson(cli, answer)
  await showRepo(cli, answer.repo)
  await note(cli, 'Connected. Give it a task with `optio task new`.')
}

/** An address of another machine is passed on as it is. */
function isPlace(path: string | undefined): path is string {
  return path !== undefined && /^[a-z][a-z+]*:\/\/|^[\w.-]+@[^/]+:/i.test(path)
}
