import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import type { AttemptOutcome } from '@optio/core'
import { resolveCommit } from '@optio/git'
import { STEP_FILES } from '@optio/runtimes'
import { coAuthorOf } from '../../co-author.ts'
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
      // A new clone starts at what was proposed last, wherever the branch is.
      else if (!isResumed(supervised)) return
      await takeOver(context, supervised, request)
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

/**
 * What others have pushed to the branch is the agent's to build on. It is taken over for the agent where that only adds commits; where
 * the branches went apart the agent is told, and does it. A branch that somebody put back is only followed when a person resumes the task: right after a push the
 * forge may show an older state of it.
 */
async function takeOver(
  context: EngineContext,
  supervised: Supervised,
  { repositoryId, branch }: { readonly repositoryId: string; readonly branch: string },
): Promise<void> {
  const mirrorDir = context.workspaces.mirrorDir(repositoryId)
  const upstream = await resolveCommit(mirrorDir, `refs/heads/${branch}`)
  if (upstream === null || upstream === supervised.run.publishedSha) return
  const { run } = supervised
  const since = isResumed(supervised) ? run.publishedSha : null
  const argv = context.workspaces.takeOverCommand(run.id, branch, since)
  const ended = await runPrepareStep(context, supervised, 'take-over', argv)
  if (ended.exitCode === 0) return
  const words = await outputTail(context, supervised, 'take-over')
  const content = `The branch has commits by others (${upstream.slice(0, 10)}) that the clone could not be moved to: ${words}`
  await say(context, supervised, 'system', content)
}

/** By a person, and not by Optio to have what was left committed. */
function isResumed({ attempt }: Supervised): boolean {
  return attempt.reason === 'resume' && attempt.purpose === null
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
    const { collectedSha, ...proposal } = await context.workspaces.collectProposal({
      ...request,
      coAuthor: coAuthorOf(context, attempt.agentType),
    })
    await moveAlong(context, supervised, { ...request, from: collectedSha, to: proposal.headSha })
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

/**
 * The clone follows what was made of its commits, so that the next attempt builds on what is published. Where that fails it builds on the
 * same commits as they were, of which the same is made again.
 */
async function moveAlong(
  context: EngineContext,
  supervised: Supervised,
  {
    from,
    to,
    ...request
  }: { repositoryId: string; branch: string; from: string | undefined; to: string | null },
): Promise<void> {
  if (from === undefined || to === null) return
  const { repositoryId, branch } = request
  const argv = context.workspaces.moveAlongCommand(supervised.run.id, { repositoryId, branch, from, to })
  const spec = stepSpec(context, supervised, 'move-along', argv, INSPECT_MS)
  const ended = await runStep(context, spec, supervised.stop, supervised.leave)
  if (ended.state === 'exited' && ended.exitCode === 0) return
  context.log.warn({ runId: supervised.run.id, from, to }, 'the clone could not follow its proposal')
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
