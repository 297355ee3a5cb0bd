import { FINISHED_STATES } from '@optio/core'
import type { Observed } from '@optio/forges'
import { and, eq, inArray, isNotNull, notInArray, sql } from 'drizzle-orm'
import { repositories, runs } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import { repositoryRef } from '../observe.ts'
import { wakeRun } from '../wake-ups.ts'

type Watched = Observed & { readonly runId: string; readonly repositoryId: string }

/**
 * Wakes the runs whose open pull request has other branches now than when it was last looked at. With hundreds of them that wait for a
 * person this is one listing of refs for each repository, where looking at each would be hundreds of questions for nothing; a look,
 * which decides, is only taken where something moved. Answers how many runs it woke.
 */
export async function watchPullRequests(context: EngineContext): Promise<number> {
  const watched = await readWatched(context)
  if (watched.length === 0) return 0
  const rows = await context.database.orm
    .select()
    .from(repositories)
    .where(inArray(repositories.id, [...new Set(watched.map(({ repositoryId }) => repositoryId))]))
  let woken = 0
  for (const repository of rows) {
    const observed = watched.filter(({ repositoryId }) => repositoryId === repository.id)
    const forge = context.forge(repository.gitPlatform)
    // Where the forge gives no answer, the look finds that out and says so.
    const moved = await forge
      .moved?.(repositoryRef(context, repository), observed)
      .catch(() => observed.map(({ number }) => number))
    const runIds = observed.filter(({ number }) => moved?.includes(number)).map(({ runId }) => runId)
    for (const runId of runIds) await wakeRun(context.database.orm, runId)
    woken += runIds.length
  }
  return woken
}

/** Those of which the forge gave no answer last are not among them: they have a time at which it is asked again. */
async function readWatched({ database }: EngineContext): Promise<Watched[]> {
  const said = (name: 'headSha' | 'baseRef' | 'baseSha') => sql<string>`${runs.observation} ->> ${name}`
  return await database.orm
    .select({
      runId: runs.id,
      repositoryId: sql<string>`${runs.repositoryId}`,
      number: sql<number>`${runs.prNumber}`,
      headRef: sql<string>`${runs.branch}`,
      headSha: said('headSha'),
      baseRef: said('baseRef'),
      baseSha: said('baseSha'),
    })
    .from(runs)
    .where(
      and(
        eq(runs.kind, 'repo'),
        notInArray(runs.state, [...FINISHED_STATES]),
        isNotNull(runs.prNumber),
        eq(runs.observationFailures, 0),
        sql`${runs.observation} ->> 'state' = 'open'`,
      ),
    )
}
