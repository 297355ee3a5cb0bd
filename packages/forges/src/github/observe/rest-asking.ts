import type { AskedFor } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { type Fields, fields, list } from '../shape.ts'

/** One repository, asked with REST. What has not changed is answered with 304, at no cost. */
export interface RestAsking {
  readonly get: (...path: readonly (string | number)[]) => Promise<{ status: number; data: unknown }>
  /** All pages of a list, or of the list of that name in what is answered; null when it is not told (403, 404). */
  readonly all: (path: readonly (string | number)[], name?: string) => Promise<readonly Fields[] | null>
}

const MAX_PAGES = 20

export function restAsking(
  client: GithubClient,
  { repository, number }: AskedFor,
  priority: Priority,
): RestAsking {
  const about = aboutOf(repository)
  return {
    get: async (...path) =>
      await client.rest<unknown>({
        method: 'GET',
        path: repositoryPath(repository, ...path),
        priority,
        about,
      }),
    all: async (path, name) => {
      const found: Fields[] = []
      const request = { method: 'GET' as const, path: repositoryPath(repository, ...path), priority, about }
      for (let page = 1; page <= MAX_PAGES; page++) {
        const { status, data } = await client.rest<unknown>({ ...request, query: { per_page: 100, page } })
        if (status === 403 || status === 404) return null
        if (status !== 200) throw refused(repository.fullName, number, status)
        const items = list(name === undefined ? data : fields(data, name)[name], 'a list')
        found.push(...items.map((item) => fields(item, 'an item')))
        if (items.length < 100) return found
      }
      throw new NoAnswer('failing', `${repository.fullName}#${number} has more than Optio reads.`)
    },
  }
}

export function refused(fullName: string, number: number, status: number): NoAnswer {
  return new NoAnswer(
    status === 403 ? 'credential' : 'failing',
    `GitHub did not tell of ${fullName}#${number} (${status}).`,
  )
}
