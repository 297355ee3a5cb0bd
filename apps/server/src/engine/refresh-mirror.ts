import { createCoalescer } from '@optio/git'
import type { EngineContext } from './context.ts'
import { repositoryRef } from './observe.ts'
import type { RepositoryRow } from './read-run.ts'

/** By the directory of the mirror: whoever asks while one is fetched shares the next one. */
const inTurn = createCoalescer()

/** Brings a repository's mirror up to date, by whoever can read its upstream. */
export async function refreshMirror(
  context: Pick<EngineContext, 'forge' | 'workspaces'>,
  repository: RepositoryRow,
): Promise<void> {
  const forge = context.forge(repository.gitPlatform)
  const ref = repositoryRef(context, repository)
  if (forge.refreshMirror === undefined) return await context.workspaces.refreshMirror(ref)
  await inTurn(ref.mirrorDir, async () => await forge.refreshMirror?.(ref))
}
