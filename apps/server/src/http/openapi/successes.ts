import type { Route } from '@optio/contract'

/** What a success is described as, for a person. */
export function successWords({ method, status, summary, answer }: Route, answered: number): string {
  if (answer === 'stream') return 'The file.'
  if (answered >= 500) return 'It does not work; the body says what is wrong.'
  if (answered !== status) return 'Nothing new was begun; the body says what there is already.'
  if (answer === null) return 'Done; no body.'
  if (status === 201) return 'Created; the body is what there is now.'
  if (status === 202) return 'Taken on; it goes on after this answer.'
  return method === 'GET' ? `${summary}.` : 'Done; the body says what came of it.'
}
