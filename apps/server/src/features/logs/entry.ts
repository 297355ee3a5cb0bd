import type { LogType } from '@optio/agents'

/** Where an entry comes from: the agent's two outputs, or Optio itself. */
export type LogStream = 'stdout' | 'stderr' | 'optio'

/** An entry that is not stored yet. */
export interface NewEntry {
  readonly stream: LogStream
  readonly logType: LogType
  readonly content: string
  readonly metadata: Readonly<Record<string, unknown>> | null
}

/** An entry of a run's log as it is stored and shown. `seq` starts at 1 and has no gaps; `attempt` is 0 before the first. */
export interface LogEntry {
  readonly seq: number
  readonly attempt: number
  readonly stream: string
  readonly logType: string
  readonly content: string
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly timestamp: Date
}

/** The run a log belongs to. */
export interface LogOwner {
  readonly id: string
  readonly workspaceId: string
}
