import { fileURLToPath } from 'node:url'

/** Plain JavaScript without dependencies, so that it runs from the sources and from the build alike. */
const SCRIPTED_AGENT = fileURLToPath(new URL('./scripted-agent/main.mjs', import.meta.url))

/**
 * The `agentCommand` of a repository whose agent is the scripted stand-in (no AI).
 *
 * @param scriptFile file with its script; without one, the script is in the prompt.
 */
export function scriptedAgentCommand(scriptFile?: string): string[] {
  return [process.execPath, SCRIPTED_AGENT, ...(scriptFile === undefined ? [] : [scriptFile])]
}

/** What the scripted agent does: see the README of this package. */
export interface AgentScript {
  /** What attempts do that no item of `attempts` is about. */
  readonly steps?: readonly AgentStep[]
  /** The first that fits the attempt is done. */
  readonly attempts?: readonly {
    readonly when?: { readonly attempt?: number; readonly reason?: string | readonly string[] }
    readonly steps: readonly AgentStep[]
  }[]
}

/** One key: what to do; its value: how. */
export type AgentStep = Readonly<Record<string, unknown>>

export * from './model-api/index.ts'
