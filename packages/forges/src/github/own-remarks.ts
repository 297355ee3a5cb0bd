import type { RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import { aboutOf } from './about.ts'
import type { GithubContext } from './context.ts'
import type { Priority } from './http/client.ts'
import { restPages } from './http/pages.ts'
import { refusedBy } from './refused.ts'
import { type Fields, fields, list, loginOf, textOrNull } from './shape.ts'

/** Remarks looked through unless told otherwise: 100 a page. */
const MAX_PAGES = 30

export interface Looking {
  readonly priority: Priority
  /** Of lists that GitHub sorts: from the newest on, so many pages; left out, from the first on. */
  readonly newestPages?: number
}

/**
 * The first of a list of remarks that Optio wrote and whose text is the one that is looked for; null when there is none. Anybody can copy
 * a marker: what another account wrote is not ours. (Where the credential is that of an app, whose name nobody says, the marker counts.)
 */
export async function findOwn(
  { client }: GithubContext,
  repository: RepositoryRef,
  path: string,
  isMeant: (body: string) => boolean,
  { priority, newestPages }: Looking,
): Promise<Fields | null> {
  const about = aboutOf(repository)
  const login = (await client.login(about))?.toLowerCase() ?? null
  const query = newestPages === undefined ? {} : { sort: 'created', direction: 'desc' }
  const request = { method: 'GET', path, query, priority, about } as const
  for await (const answer of restPages<unknown>(client, request, newestPages ?? MAX_PAGES)) {
    if (answer.status !== 200) throw refusedBy(answer, 'show what was said', 'Pull requests: read')
    for (const each of list(answer.data, 'remarks')) {
      const remark = fields(each, 'a remark')
      const isOurs = login === null || loginOf(remark, 'user').toLowerCase() === login
      if (isOurs && isMeant(textOrNull(remark, 'body') ?? '')) return remark
    }
    if (answer.headers.link === undefined) return null
  }
  return null
}

/** Throws `NoAnswer` when something that was made cannot be read. */
export function requireId(remark: Fields): number {
  if (typeof remark.id === 'number') return remark.id
  throw new NoAnswer('failing', 'GitHub answered something that cannot be read: an id is missing.')
}
