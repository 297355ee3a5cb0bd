import { z } from 'zod'
import { agentType, jsonObject, MAX_DURATION_MS, money, refuse, text, time, uuid } from './common.ts'

const MAX_ENV_BYTES = 256 * 1024

/** What the environment of a run without a repository is like. Whatever else it names is refused: it would have no effect. */
export const environmentSpec = z
  .strictObject({
    /** Run by `sh -c` in the empty directory before the agent. */
    setupCommands: text({ min: 1, max: 65_536 }).optional(),
    /** Given to the agent; stored and shown as they are, so no place for secrets. */
    env: z
      .record(
        z
          .string()
          .regex(
            /^(?!_o_)[A-Za-z_][A-Za-z0-9_]{0,127}$/,
            'must be the name of a variable, and not begin with _o_',
          ),
        text({ max: 32_768 }),
      )
      // No system starts a program with any number of them.
      .check(
        refuse((env) =>
          new TextEncoder().encode(JSON.stringify(env)).length > MAX_ENV_BYTES
            ? `must have at most ${MAX_ENV_BYTES} bytes as JSON`
            : null,
        ),
      )
      .optional(),
    maxAttemptMs: z.int().min(100).max(MAX_DURATION_MS).optional(),
    stallThresholdMs: z.int().min(100).max(MAX_DURATION_MS).optional(),
  })
  .meta({ id: 'EnvironmentSpec' })

/** JSON Schema (2020-12) of the parameters of runs; its `properties` make the form that pages show. */
export const paramsSchema = jsonObject.meta({ description: 'JSON Schema (draft 2020-12) of an object.' })

const common = {
  id: uuid,
  name: z.string(),
  /** Template; see `docs/templates.md`. */
  prompt: z.string(),
  description: z.string().nullable(),
  model: z.string().nullable(),
  priority: z.int(),
  maxRetries: z.int(),
  maxTurns: z.int().nullable(),
  /** Names of secrets its agents get besides those their type names. */
  agentSecrets: z.array(z.string()),
  budgetUsd: money.nullable(),
  paramsSchema: z.record(z.string(), z.unknown()).nullable(),
  metadata: z.record(z.string(), z.unknown()),
  /** Not enabled: no run is made of it. */
  enabled: z.boolean(),
  /** When a trigger of it fires next; null when none is planned. */
  nextFireAt: time.nullable(),
  createdBy: z.string(),
  workspaceId: uuid,
  createdAt: time,
  updatedAt: time,
}

/** A saved definition that spawns repo-tasks. */
export const repoBlueprint = z
  .object({
    ...common,
    type: z.literal('repo-blueprint'),
    /** Template of the titles of its tasks; the name where none was given. */
    title: z.string(),
    repoUrl: z.string(),
    repoBranch: z.string().nullable(),
    /** Null: the default of the repository. */
    agentType: z.string().nullable(),
  })
  .meta({ id: 'RepoBlueprint' })
export type RepoBlueprint = z.infer<typeof repoBlueprint>

/** A saved definition without a repository; its executions are runs. */
export const standalone = z
  .object({
    ...common,
    type: z.literal('standalone'),
    /** Template of the titles of its runs; the name where none was given. */
    title: z.string(),
    agentType: z.string(),
    agentCommand: z.array(z.string()).nullable(),
    maxConcurrent: z.int(),
    environmentSpec: environmentSpec.nullable(),
    /** Older names of `prompt` and `agentType`. */
    promptTemplate: z.string(),
    agentRuntime: z.string(),
  })
  .meta({ id: 'Standalone' })
export type Standalone = z.infer<typeof standalone>

/** An alias that older clients send. */
export const olderNames = {
  promptTemplate: text({ max: 262_144 }).nullish(),
  agentRuntime: agentType.nullish(),
}
