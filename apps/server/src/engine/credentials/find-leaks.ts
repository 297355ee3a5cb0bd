import { type CredentialLeak, oneLine } from '@optio/core'
import { type Sighting, searchNewCommits } from '@optio/git'
import type { EngineContext } from '../context.ts'
import { readGranted, withoutDoubles } from './granted-record.ts'

/** As many places as are named; one is enough to publish nothing. */
const MOST_LEAKS = 5
const LONGEST_PATH = 150
const SHOWN_OF_COMMIT = 10

/**
 * Secrets in what publishing a commit would add to the upstream: those of the installation as they are now, and those any
 * agent of the run was launched with. Throws when it could not be searched: that is never an answer.
 */
export async function findLeaks(
  context: Pick<EngineContext, 'agentAccess' | 'workspaces'>,
  { runId, repositoryId, headSha }: { runId: string; repositoryId: string; headSha: string },
): Promise<CredentialLeak[]> {
  const { agentAccess, workspaces } = context
  await agentAccess.learn()
  const granted = await readGranted(workspaces.paths(runId).root)
  const sightings = await searchNewCommits({
    gitDir: workspaces.mirrorDir(repositoryId),
    head: headSha,
    sought: withoutDoubles([...granted, ...agentAccess.sought()]),
  })
  return sightings
    .slice(0, MOST_LEAKS)
    .map((sighting) => ({ credential: sighting.name, where: wordsFor(sighting, agentAccess.redact) }))
}

/** A path with the credential in it comes as null; it may hold another one all the same. */
function wordsFor({ part, commit, path }: Sighting, redact: (text: string) => string): string {
  const when = commit === null ? 'the task’s commits' : `commit ${commit.slice(0, SHOWN_OF_COMMIT)}`
  if (part === 'message') return `the message or a name of ${when}`
  if (part === 'file name') return `the name of a file in ${when}`
  return path === null ? `a file in ${when}` : `${oneLine(redact(path), LONGEST_PATH)} in ${when}`
}
