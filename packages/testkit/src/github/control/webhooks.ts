export type WebhookEvent =
  | 'check_run'
  | 'check_suite'
  | 'issue_comment'
  | 'issues'
  | 'label'
  | 'ping'
  | 'pull_request'
  | 'pull_request_review'
  | 'pull_request_review_comment'
  | 'pull_request_review_thread'
  | 'push'
  | 'repository'
  | 'status'
  | 'workflow_run'

export interface NewHook {
  readonly url: string
  /** Without one, deliveries are not signed. */
  readonly secret?: string
  /** `['*']`, the default: every event. */
  readonly events?: readonly (WebhookEvent | '*')[]
  /** Whether a ping is sent at once, as GitHub does. True. */
  readonly ping?: boolean
}

export interface HookDelivery {
  readonly id: number
  /** `X-GitHub-Delivery`; a redelivery and a duplicate have that of the first. */
  readonly guid: string
  readonly hookId: number
  readonly event: WebhookEvent
  readonly action: string | null
  readonly payload: Readonly<Record<string, unknown>>
  /** Exactly what is sent, and what the signature is of. */
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly redelivery: boolean
  /** When it was sent, in ms by the clock of the fake; null while it is held, and for ever when it was dropped. */
  readonly deliveredAt: number | null
  /** What the receiver answered; 0: no answer within 10 s, or no connection; null: not (yet) sent. */
  readonly statusCode: number | null
  /** Real ms from sending to the answer. */
  readonly durationMs: number
  readonly dropped: boolean
}

/** The sending of webhooks: each hook's one after the other in the order they came about, 10 s each, never sent again by itself. */
export interface Webhooks {
  /** Every delivery, oldest first. */
  readonly deliveries: readonly HookDelivery[]
  /** Keeps back what comes about from now on. */
  hold(): void
  /** Sends what was kept back and keeps nothing back any more; resolves when all of it has been answered. `duplicate`: everything twice. */
  release(options?: { order?: 'as sent' | 'reversed' | 'shuffled'; duplicate?: boolean }): Promise<void>
  /** While true, nothing is sent, and what comes about is lost. */
  drop(lost: boolean): void
  /** Sends one again, as “Redeliver” does; resolves with what came of it. */
  redeliver(guid: string): Promise<HookDelivery>
  /** Resolves when nothing is on its way (what is held is not). */
  settled(): Promise<void>
}
