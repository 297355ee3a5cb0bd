import type { RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import { aboutOf } from './about.ts'
import {
  type About,
  type GithubClient,
  type Priority,
  type RestAnswer,
  repositoryPath,
} from './http/client.ts'
import { refusedBy } from './refused.ts'
import { fields, integer, text } from './shape.ts'

/**
 * Whether what GitHub has under a name is the repository that was connected. A name can be given up and taken by somebody else; the number
 * GitHub gives a repository stays with it, whatever it is called and whoever owns it.
 */
export interface RepositoryIdentity {
  /** Throws `NoAnswer` (`replaced`) when an answer is of a repository with another number than the connected one. */
  hold(repository: RepositoryRef, found: number, priority?: Priority): Promise<void>

  /**
   * Asks GitHub which repository it has under the name, and answers what that is called today (`owner/name`): GitHub leads from former names
   * to it. What has not changed since costs nothing of the limit. Throws `NoAnswer`; `replaced` when it is another one.
   */
  require(repository: RepositoryRef, priority: Priority): Promise<string>
}

/**
 * Puts down the number of a repository that was connected without one, and answers the number that holds from then on: one that others put
 * down first, or the given one.
 */
export type LearnForgeId = (
  repository: Pick<RepositoryRef, 'id' | 'workspaceId'>,
  found: number,
) => Promise<number>

/** @param learn left out, one without a number is taken for what is found under its name. */
export function createRepositoryIdentity(client: GithubClient, learn?: LearnForgeId): RepositoryIdentity {
  const hold: RepositoryIdentity['hold'] = async (repository, found, priority = 'background') => {
    const known = repository.forgeId ?? (await learn?.(repository, found)) ?? found
    if (known !== found) throw await replaced(client, repository, known, priority)
  }
  return {
    hold,
    require: async (repository, priority) => {
      const answer = await client.rest<unknown>({
        ...{ method: 'GET', path: repositoryPath(repository), priority },
        about: aboutOf(repository),
      })
      if (answer.status === 404) throw notShown(repository.fullName)
      if (answer.status !== 200) throw unanswered(answer, repository.fullName)
      const found = fields(answer.data, 'a repository')
      await hold(repository, integer(found, 'id'), priority)
      return text(found, 'full_name')
    },
  }
}

/** A repository by its number; null when GitHub shows none to the credential. Throws `NoAnswer`. */
export async function findById(
  client: GithubClient,
  id: number,
  { about, priority }: { readonly about: About; readonly priority: Priority },
): Promise<unknown> {
  // Where GitHub leads from former names to.
  const { status, data } = await client.rest<unknown>({
    method: 'GET',
    path: `/repositories/${id}`,
    priority,
    about,
  })
  return status === 200 && integer(fields(data, 'a repository'), 'id') === id ? data : null
}

async function replaced(
  client: GithubClient,
  repository: RepositoryRef,
  id: number,
  priority: Priority,
): Promise<NoAnswer> {
  const { fullName } = repository
  const found = await findById(client, id, { about: aboutOf(repository), priority }).catch(() => null)
  const now = found === null ? null : text(fields(found, 'a repository'), 'full_name')
  const remedy =
    now === null
      ? 'Connect it again by the address it has now, or cancel its tasks and disconnect it.'
      : `The one that is connected is ${now} now: connect it again by that address.`
  return new NoAnswer(
    'replaced',
    `${fullName} is another repository than the one connected (it was renamed or replaced). ${remedy}`,
  )
}

/** Whatever GitHub says instead of answering a question, it may answer the next time. */
function unanswered(answer: RestAnswer<unknown>, fullName: string): NoAnswer {
  const error = refusedBy(answer, `show ${fullName}`, 'Metadata: read')
  return error instanceof NoAnswer ? error : new NoAnswer('failing', error.message)
}

/** A repository the credential does not see, or that is gone: GitHub does not tell which. */
function notShown(fullName: string): NoAnswer {
  return new NoAnswer(
    'credential',
    `GitHub does not show ${fullName} to this credential: the repository was deleted or moved, or the token has no access to it.`,
  )
}
