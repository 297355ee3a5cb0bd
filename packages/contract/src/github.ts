import { z } from 'zod'
import { text, time, uuid } from './common.ts'
import { pageAnswer, pageQuery } from './paging.ts'

/** How Optio stands with GitHub. */
export const githubStatus = z
  .object({
    apiUrl: z.string(),
    serverUrl: z.string(),
    /** Where the credential comes from; null when there is none. */
    credential: z.enum(['secret', 'environment']).nullable(),
    /** Whose it is; null when GitHub was not asked or refused it. */
    login: z.string().nullable(),
    /** Null while it works; else what is wrong and what to do. */
    problem: z.string().nullable(),
    /** As GitHub last said. */
    limits: z.array(
      z.object({
        resource: z.string(),
        limit: z.int(),
        remaining: z.int(),
        resetAt: time,
        /** Nothing is asked before then; null when it may be. */
        pausedUntil: time.nullable(),
      }),
    ),
    /** Open pull requests that are watched, and how old the oldest observation of them is. */
    watched: z.int(),
    oldestObservedAt: time.nullable(),
    /** `GITHUB_WEBHOOK_SECRET` is set, so that deliveries are taken. */
    takesWebhooks: z.boolean(),
    checkedAt: time,
  })
  .meta({ id: 'GithubStatus' })
export type GithubStatus = z.infer<typeof githubStatus>
export const githubStatusAnswer = z.object({ github: githubStatus })

/** The webhook of a repository. */
export const repoWebhook = z
  .object({
    /** Registered by Optio; null when it was not. */
    hookId: z.int().nullable(),
    url: z.string().nullable(),
    lastDeliveryAt: time.nullable(),
  })
  .meta({ id: 'RepoWebhook' })
export type RepoWebhook = z.infer<typeof repoWebhook>
export const repoWebhookAnswer = z.object({ webhook: repoWebhook })
export const installWebhookBody = z
  .object({
    /** Where GitHub reaches this Optio; left out: `OPTIO_PUBLIC_URL`. */
    url: text({ min: 1, max: 2000 })
      .regex(/^https?:\/\//, 'must be an http or https address')
      .nullish(),
  })
  .nullish()
  .meta({ id: 'InstallWebhook' })

/** A delivery of GitHub's, as it came. */
export const webhookDelivery = z
  .object({
    id: z.string(),
    event: z.string(),
    action: z.string().nullable(),
    repoId: uuid.nullable(),
    repository: z.string().nullable(),
    state: z.enum(['received', 'done', 'ignored', 'failed']),
    /** What it came to, in words. */
    detail: z.string().nullable(),
    receivedAt: time,
    doneAt: time.nullable(),
  })
  .meta({ id: 'WebhookDelivery' })
export type WebhookDelivery = z.infer<typeof webhookDelivery>
export const webhookDeliveryList = z.object({ deliveries: z.array(webhookDelivery), ...pageAnswer })
export const listDeliveriesQuery = z.object({
  ...pageQuery,
  repoId: uuid.optional().describe('Only those of this repository.'),
})
export type ListDeliveriesQuery = z.output<typeof listDeliveriesQuery>

/** As bytes it is what the signature is of, so it is read by the server itself. */
export const githubPayload = z.unknown().optional().meta({
  type: 'object',
  additionalProperties: true,
  description: 'The event as GitHub sends it; at most 25 MiB.',
})
export const githubDeliveryAnswer = z.object({
  ok: z.literal(true),
  state: z.enum(['queued', 'ignored', 'replayed']),
})
