import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import type { AttemptOutcome } from '@optio/core'
import { STEP_FILES } from '@optio/runtimes'
import type { EngineContext } from '../../context.ts'
import { findLeaks } from '../../credentials/find-leaks.ts'
import type { RepositoryRow, RunRow } from '../../read-run.ts'
import { refreshMirror } from '../../refresh-mirror.ts'
import { asFault, outputTail, runPrepareStep, say, stepSpec, unlessStopped } from '../environment.ts'
import { runStep } from '../step.ts'
import type { AttemptEnd, Supervised, WorkPlace } from '../supervised.ts'
import { requireDependenciesInBase } from './dependencies-in-base.ts'

/** A clone of the repository on the run's own branch. Its commits are what the run proposes. */
export function repositoryClone(run: RunRow, repository: RepositoryRow): WorkPlace {
  const branches = { branch: run.branch ?? '', baseRef: run.baseRef ?? repository.defaultBranch }
  const request = { runId: run.id, repositoryId: repository.id, ...branches }
  return {
    settings: {
      agentCommand: run.agentCommand ?? repository.agentCommand,
      maxAttemptMs: repository.maxAttemptMs,
      env: {},
    },
    async refresh(context, supervised, isReady) {
      try {
        await unlessStopped(supervised, refreshMirror(context, repository))
      } catch (error) {
        throw asFault(error)
      }
      if (!isReady) await requireDependenciesInBase(context, run, repository.id, branches.baseRef)
    },
    async make(context, supervised) {
      let created: boolean
      try {
        const making = context.workspaces.prepareClone(request)
        created = (await unlessStopped(supervised, making)).created
      } catch (error) {
        throw asFault(error)
      }
      if (!created) await refreshClone(context, supervised)
    },
    setupCommand: (context) => setupCommand(context, run, repository),
    /** A step sees its own environment and the mirror; of Optio's data and the person's credentials nothing else. */
    sandbox(context) {
      const { clone, home, tmp } = context.workspaces.paths(run.id)
      return {
        readWrite: [clone, home, tmp],
        readOnly: [context.workspaces.mirrorDir(repository.id)],
        hidden: context.config.hiddenPaths,
      }
    },
    inspect: (context, supervised, end) => inspect(context, supervised, end, request),
  }
}

/** The clone's `origin/*` are made fresh inside the isolation, because the clone's own configuration applies there. */
async function refreshClone(context: EngineContext, supervised: Supervised): Promise<void> {
  const argv = context.workspaces.refreshCloneCommand(supervised.run.id)
  const ended = await runPrepareStep(context, supervised, 'refresh', argv)
  if (ended.exitCode === 0) return
  const words = await outputTail(context, supervised, 'refresh')
  const content = `origin could not be fetched into the clone, so it may be behind: ${words}`
  await say(context, supervised, 'error', content)
}

async function setupCommand(
  context: EngineContext,
  run: RunRow,
  repository: RepositoryRow,
): Promise<string[] | null> {
  // The setting is a shell command by definition: written by who administers the repository, for its own checkout.
  if (repository.setupCommands) return ['sh', '-c', repository.setupCommands]
  const script = join(context.workspaces.paths(run.id).clone, '.optio', 'setup.sh')
  try {
    await access(script)
    return ['sh', '.optio/setup.sh']
  } catch {
    return null
  }
}

/** Uncommitted paths that are named; more are counted. */
const MOST_DIRTY_FILES = 50
const INSPECT_MS = 5 * 60_000

/** What is in the clone now; null when there is none to look into, or the agent cannot be said to have finished. */
async function inspect(
  context: EngineContext,
  supervised: Supervised,
  end: AttemptEnd,
  request: { runId: string; repositoryId: string; branch: string; baseRef: string },
): Promise<AttemptOutcome | null> {
  const { run, attempt } = supervised
  if (end.neverLaunched) return null
  try {
    const proposal = await context.workspaces.collectProposal(request)
    // Only what succeeded is published; whatever goes on from the rest is searched with it.
    if (end.state !== 'succeeded') return { ...proposal, dirtyFiles: [], dirtyTotal: 0 }
    const { headSha } = proposal
    const { runId, repositoryId } = request
    const leaks = headSha === null ? [] : await findLeaks(context, { runId, repositoryId, headSha })
    const { dirtyFiles, total } = await uncommitted(context, supervised)
    return { ...proposal, dirtyFiles: dirtyFiles.map(context.agentAccess.redact), dirtyTotal: total, leaks }
  } catch (error) {
    // After a success it must be known what came of it: the caller tries again, unless that cannot help (the base branch is
    // gone) or it is to stop. Otherwise the clone keeps the work.
    if (end.state === 'succeeded' && supervised.stop.reason === null && !isForGood(error)) throw error
    context.log.warn({ runId: run.id, attempt: attempt.number, err: error }, 'the clone could not be read')
    if (isForGood(error)) await say(context, supervised, 'error', error.message)
    return null
  }
}

/** True for what a person has to mend. */
function isForGood(error: unknown): error is OptioError {
  return error instanceof OptioError && error.status < 500 && error.status !== 429
}

/** Times `git status` is run again after the machine lost it. */
const STATUS_TRIES = 3

/** `git status` runs inside the isolation, because the clone's own configuration applies to it. */
async function uncommitted(
  context: EngineContext,
  supervised: Supervised,
): Promise<{ dirtyFiles: string[]; total: number }> {
  for (let round = 1; round <= STATUS_TRIES; round++) {
    const argv = context.workspaces.statusCommand()
    const spec = stepSpec(context, supervised, `status-${round}`, argv, INSPECT_MS)
    const ended = await runStep(context, spec, supervised.stop, supervised.leave)
    if (ended.state === 'lost') continue
    // A clone in which git does not work hides its dirty files only from its own agent.
    if (ended.exitCode !== 0) break
    return context.workspaces.parseStatus(await readFile(join(spec.dir, STEP_FILES.stdout)), MOST_DIRTY_FILES)
  }
  return { dirtyFiles: [], total: 0 }
}
