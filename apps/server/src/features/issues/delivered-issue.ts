import type { ForgeIssue } from '@optio/forges'
import { z } from 'zod'

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const user = z.object({ login: z.string() }).nullish()

/** An issue as GitHub's deliveries have it, as far as the copy needs it. */
const delivered = z.object({
  number: z.int().min(1),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']),
  html_url: z.string(),
  labels: z.array(z.object({ name: z.string() })),
  assignees: z.array(z.object({ login: z.string() })),
  user,
  comments: z.int(),
  created_at: time,
  updated_at: time,
  pull_request: z.unknown().optional(),
})

/** How far clocks may be apart, in milliseconds. */
const CLOCKS_APART_MS = 5 * 60_000

/**
 * Null for what cannot be read, and for what says to have changed in the future: nothing newer would ever replace it. `pull request` for
 * what is one.
 *
 * @param now in milliseconds since the epoch.
 */
export function deliveredIssue(given: unknown, now = Date.now()): ForgeIssue | 'pull request' | null {
  const { success, data } = delivered.safeParse(given)
  if (!success || data.updated_at > now + CLOCKS_APART_MS) return null
  if (data.pull_request != null) return 'pull request'
  return {
    number: data.number,
    title: data.title,
    body: data.body ?? '',
    state: data.state,
    url: data.html_url,
    labels: data.labels.map(({ name }) => name),
    assignees: data.assignees.map(({ login }) => login),
    author: data.user?.login ?? 'ghost',
    commentCount: data.comments,
    createdAt: data.created_at,
    updatedAt: data.updated_at,
  }
}
