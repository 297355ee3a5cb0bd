import type { GithubClient, RestAnswer, RestRequest } from './client.ts'

/**
 * The pages of a list, as many as GitHub has, in order: each answer as it is, so that one that is no page (404) is the first and last.
 *
 * @param request a GET; `per_page` is 100 unless its query says otherwise.
 * @param maxPages after so many it ends; the last one's headers still name a next.
 */
export async function* restPages<T>(
  client: GithubClient,
  request: RestRequest,
  maxPages: number,
): AsyncGenerator<RestAnswer<T[]>, void, undefined> {
  const query = { per_page: 100, ...request.query }
  for (let page = 1; page <= maxPages; page++) {
    const answer = await client.rest<T[]>({ ...request, query: page === 1 ? query : { ...query, page } })
    yield answer
    if (answer.status !== 200 || !hasNextPage(answer.headers)) return
  }
}

/** Whether a list goes on after this page. */
export function hasNextPage(headers: Readonly<Record<string, string>>): boolean {
  return /<[^<>]*>;[^<]*\brel="next"/.test(headers.link ?? '')
}
