import type { RepositoryRef } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import type { GithubClient, Priority } from '../http/client.ts'
import { mayWrite } from '../issues/permission.ts'
import type { FoundComment } from './found.ts'

export interface WriterReader {
  /** Of those who said something the ones who may write to the repository, in lower case. */
  read(
    repository: RepositoryRef,
    said: readonly Pick<FoundComment, 'author' | 'association'>[],
    priority: Priority,
  ): Promise<ReadonlySet<string>>
}

const FRESH_MS = 5 * 60_000
const MAX_PEOPLE = 2000

/** Members of an organization and collaborators may read only: of these GitHub is asked what they may. The others never may write. */
const PERHAPS = ['MEMBER', 'COLLABORATOR']

/** @param now milliseconds since the epoch. */
export function createWriterReader(client: GithubClient, now: () => number): WriterReader {
  const known = new Map<string, { readonly at: number; readonly may: boolean }>()

  const may = async (repository: RepositoryRef, login: string, priority: Priority): Promise<boolean> => {
    const key = `${repository.workspaceId} ${repository.id} ${login}`
    const found = known.get(key)
    if (found !== undefined && now() - found.at < FRESH_MS) return found.may
    const answer = await ask(client, repository, login, priority)
    known.delete(key)
    known.set(key, { at: now(), may: answer })
    for (const oldest of known.keys()) {
      if (known.size <= MAX_PEOPLE) break
      known.delete(oldest)
    }
    return answer
  }

  return {
    read: async (repository, said, priority) => {
      const associations = new Map(said.map(({ author, association }) => [author.toLowerCase(), association]))
      const writers = await Promise.all(
        [...associations].map(async ([login, association]) => {
          const writes =
            association === 'OWNER' ||
            (PERHAPS.includes(association) && (await may(repository, login, priority)))
          return writes ? [login] : []
        }),
      )
      return new Set(writers.flat())
    },
  }
}

/** A credential that is not told who may what takes GitHub's word for what they are. */
async function ask(
  client: GithubClient,
  repository: RepositoryRef,
  login: string,
  priority: Priority,
): Promise<boolean> {
  try {
    return await mayWrite(client, repository, login, priority)
  } catch (error) {
    if (error instanceof NoAnswer && error.reason === 'credential') return true
    throw error
  }
}
