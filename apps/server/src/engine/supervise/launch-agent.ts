import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AgentAdapter } from '@optio/agents'
import { formatUsd, parseUsd } from '@optio/core'
import { eq } from 'drizzle-orm'
import { attempts } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import type { Granted } from '../credentials/agent-access.ts'
import { rememberGranted } from '../credentials/granted-record.ts'
import { EnvironmentFault, stepSpec } from './environment.ts'
import { promptOf } from './prompt.ts'
import type { Supervised } from './supervised.ts'

export const AGENT_STEP = 'agent'

/**
 * Ends the attempt at once, in words, when its agent could not be launched: before minutes are spent on a clone. Throws
 * EnvironmentFault.
 */
export async function requireAgent(context: EngineContext, supervised: Supervised): Promise<void> {
  const { attempt, run } = supervised
  const dir = context.workspaces.paths(run.id).stepDir(attempt.number, AGENT_STEP)
  if (!(await isStarted(context, dir))) await grantedTo(context, supervised)
}

/** Launches the agent of an attempt, unless that was done before. */
export async function launchAgent(
  context: EngineContext,
  supervised: Supervised,
  adapter: AgentAdapter,
): Promise<void> {
  const { attempt, run, place } = supervised
  const paths = context.workspaces.paths(run.id)
  // A running agent must not depend on whether its credential could be given once more.
  if (await isStarted(context, paths.stepDir(attempt.number, AGENT_STEP))) return
  const granted = await grantedTo(context, supervised)
  // Beside what agents can write to: one of them could have put a link there that leads to a file of Optio's.
  const promptFile = join(paths.root, 'prompts', `${attempt.number}.md`)
  await writePrompt(promptFile, await promptOf(context, supervised))
  const { argv, env, promptOnStdin } = adapter.launch({
    taskId: run.id,
    runId: run.id,
    attempt: attempt.number,
    reason: attempt.reason,
    resumeSessionId: attempt.resumeSessionId,
    model: attempt.model,
    maxTurns: attempt.maxTurns,
    budgetLeftUsd: await budgetLeft(context, supervised),
    agentCommand: place.settings.agentCommand,
    promptFile,
    cloneDir: paths.clone,
    homeDir: paths.home,
    tmpDir: paths.tmp,
    inherited: context.config.inheritedEnv,
    granted: granted.env,
  })
  const [named = '', ...args] = argv
  const program = granted.program ?? named
  const spec = stepSpec(context, supervised, AGENT_STEP, [program, ...args], place.settings.maxAttemptMs)
  await rememberGranted(paths.root, attempt.number, context.agentAccess.fingerprints())
  const { hidden, readOnly } = spec.sandbox
  // A program can lie in a place that is hidden, or in /tmp; then it is shown, but never a hidden place as a whole.
  const shown = granted.programDirectories.filter((directory) => !hidden.includes(directory))
  await context.runtime.start({
    ...spec,
    env: { ...place.settings.env, ...env },
    sandbox: { ...spec.sandbox, readOnly: [...readOnly, dirname(promptFile), ...shown] },
    ...(await inputFor(supervised, adapter, promptOnStdin ? promptFile : null)),
  })
}

/** An agent that can be spoken to is told its prompt as the first message. */
async function inputFor(
  { attempt }: Supervised,
  { conversation }: AgentAdapter,
  promptFile: string | null,
): Promise<{ stdinFile: string | null; inputGrows: boolean }> {
  if (conversation === null || promptFile === null) return { stdinFile: promptFile, inputGrows: false }
  const stdinFile = `${promptFile}.input`
  const prompt = { id: attempt.id, content: await readFile(promptFile, 'utf8'), mode: 'soft' } as const
  await writePrompt(stdinFile, `${conversation.linesFor(prompt).join('\n')}\n`)
  return { stdinFile, inputGrows: true }
}

async function isStarted(context: EngineContext, dir: string): Promise<boolean> {
  return (await context.runtime.status(dir)).state !== 'absent'
}

async function grantedTo(context: EngineContext, { attempt, run, repository }: Supervised): Promise<Granted> {
  const granted = await context.agentAccess.grant(attempt.agentType, {
    workspaceId: run.workspaceId,
    repositoryId: repository?.id ?? null,
    userId: run.createdBy,
    secrets: [...(repository?.agentSecrets ?? []), ...run.agentSecrets],
    usedBy: run.title,
  })
  if (granted.failure === null) return granted
  throw new EnvironmentFault({
    state: 'failed',
    stopReason: null,
    exitCode: null,
    errorMessage: granted.failure.message,
    failure: granted.failure,
    neverLaunched: true,
  })
}

/** What all attempts together have left of the run's budget. Read now: a person may have changed it since it was claimed. */
async function budgetLeft(context: EngineContext, { run }: Supervised): Promise<string | null> {
  const cap = run.budgetUsd === null ? null : parseUsd(run.budgetUsd)
  if (cap === null) return null
  const rows = await context.database.orm
    .select({ costUsd: attempts.costUsd })
    .from(attempts)
    .where(eq(attempts.runId, run.id))
  const spent = rows.reduce((sum, { costUsd }) => sum + (parseUsd(costUsd) ?? 0n), 0n)
  return formatUsd(cap > spent ? cap - spent : 1n)
}

/** Written whole or not at all; a repeat after a crash finds the same text. */
async function writePrompt(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const existing = await readFile(file, 'utf8').catch(() => null)
  if (existing === text) return
  await writeFile(`${file}.new`, text, { mode: 0o600 })
  await rename(`${file}.new`, file)
}
