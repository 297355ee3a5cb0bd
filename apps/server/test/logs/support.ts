import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uuidv7 } from 'uuidv7'
import { afterAll } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { attempts, repositories, runs } from '../../src/database/schema/index.ts'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/workspaces.ts'
import { engineLog } from '../../src/features/logs/engine-log.ts'
import type { FollowedAttempt } from '../../src/features/logs/ingest/progress.ts'

/** A run that an agent works on, with its empty log and a live attempt. */
export async function liveAttempt(database: Database): Promise<FollowedAttempt> {
  const run = { id: uuidv7(), workspaceId: DEFAULT_WORKSPACE_ID }
  const repository = { id: uuidv7(), workspaceId: run.workspaceId }
  const attempt = { id: uuidv7(), runId: run.id, workspaceId: run.workspaceId, number: 1, generation: 1 }
  await database.transaction(async (tx) => {
    await tx.insert(repositories).values({
      ...repository,
      repoUrl: `/${repository.id}`,
      gitPlatform: 'local',
      fullName: 'test',
      defaultBranch: 'main',
    })
    await tx.insert(runs).values({
      ...run,
      kind: 'repo',
      repositoryId: repository.id,
      branch: 'optio/a-task',
      state: 'running',
      title: 'A task',
      prompt: 'Do it.',
      agentType: 'command',
      createdBy: 'test',
    })
    await engineLog.create(tx, [run])
    await tx.insert(attempts).values({
      ...attempt,
      reason: 'first',
      state: 'running',
      hostId: 'here',
      agentType: 'command',
    })
  })
  return attempt
}

/** Directories that go when the test file ends. */
export function scratchDirectories(): () => Promise<string> {
  const made: string[] = []
  afterAll(async () => {
    await Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true })))
  })
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), 'optio-logs-'))
    made.push(directory)
    return directory
  }
}

/** Looks every 10 ms until `look` answers something; fails after `deadlineMs`. */
export async function eventually<T>(
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  deadlineMs = 20_000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== null && found !== false) return found
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${look}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Pseudo-random numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
