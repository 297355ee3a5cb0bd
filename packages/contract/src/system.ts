import { z } from 'zod'
import { text, time } from './common.ts'

/** This installation as a whole. */
export const system = z
  .object({
    version: z.string(),
    /** While it is paused no agent and no check is started anywhere; what runs goes on. Null when it is not. */
    paused: z.object({ since: time, by: z.string(), reason: z.string().nullable() }).nullable(),
    maxConcurrent: z.int(),
    /** Agents and checks that run now, over all processes. */
    running: z.int(),
    /** Server processes that share the database. */
    processes: z.int(),
  })
  .meta({ id: 'System' })
export type System = z.infer<typeof system>
export const systemAnswer = z.object({ system })

export const pauseBody = z.object({ reason: text({ max: 500 }).nullish() }).nullish()

/** One thing `doctor` looked at. */
export const diagnosis = z
  .object({
    /** Stable: `git`, `isolation`, `agent:claude-code`. */
    id: z.string(),
    area: z.enum(['agents', 'isolation', 'git', 'disk', 'database', 'network', 'system']),
    title: z.string(),
    /** `problem`: something does not work; `warning`: it works less well or less safely than it could. */
    status: z.enum(['ok', 'warning', 'problem', 'off']),
    /** What was found. */
    detail: z.string(),
    /** What to do about it; null when all is well. */
    remedy: z.string().nullable(),
  })
  .meta({ id: 'Diagnosis' })
export type Diagnosis = z.infer<typeof diagnosis>

/** An agent this machine could run. */
export const agentDiagnosis = z
  .object({
    type: z.string(),
    /** Agents of this type can be started now. */
    available: z.boolean(),
    version: z.string().nullable(),
    /** How it is logged in: `api_key`, `oauth_token`, `login`; null when it is not, or needs no login. */
    login: z.string().nullable(),
    /** What is missing, with its remedy; null when it is available. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'AgentDiagnosis' })
export type AgentDiagnosis = z.infer<typeof agentDiagnosis>

export const doctorReport = z
  .object({
    /** No problem was found; there may be warnings. */
    ok: z.boolean(),
    version: z.string(),
    diagnoses: z.array(diagnosis),
    agents: z.array(agentDiagnosis),
    checkedAt: time,
  })
  .meta({ id: 'DoctorReport' })
export type DoctorReport = z.infer<typeof doctorReport>
export const doctorAnswer = z.object({ report: doctorReport })

/** Where a task's work is. */
export const environment = z
  .object({
    kind: z.literal('local'),
    /** Whether this server's machine has it: a path means nothing elsewhere. */
    onThisHost: z.boolean(),
    /** The clone, as an absolute path; null when it is gone. */
    path: z.string().nullable(),
    branch: z.string().nullable(),
    diskBytes: z.int().nullable(),
    lastUsedAt: time,
  })
  .meta({ id: 'Environment' })
export type Environment = z.infer<typeof environment>
export const environmentAnswer = z.object({ environment })
