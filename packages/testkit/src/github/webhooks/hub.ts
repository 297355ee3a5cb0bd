import { createHmac, randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { HookDelivery, WebhookEvent, Webhooks } from '../control/webhooks.ts'
import { webUrlOf } from '../rest/views/repositories.ts'
import type { Happening } from '../state/happening.ts'
import type { Hook } from '../state/hook.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { payloadOf, pingPayload } from './payload.ts'

type Open = { -readonly [Key in keyof HookDelivery]: HookDelivery[Key] }

/** A delivery, the hook it is for, and when its payload is written. */
interface Parcel {
  readonly open: Open
  readonly hook: Hook
  readonly written: Promise<void>
}

/** How long a receiver has (https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks). */
const PATIENCE_MS = 10_000

/** Sends webhooks: each hook's one after the other, hooks beside each other. */
export class WebhookHub implements Webhooks {
  readonly deliveries: Open[] = []
  readonly #world: World
  readonly #lines = new Map<number, Promise<void>>()
  readonly #leaving = new AbortController()
  #held: Parcel[] | null = null
  #dropping = false

  constructor(world: World) {
    this.#world = world
    world.tell = (happening) => this.#tell(happening)
    world.ping = (repository, hook) =>
      this.#enqueue(repository, hook, 'ping', null, Promise.resolve(pingPayload(world, repository, hook)))
  }

  hold(): void {
    this.#held ??= []
  }

  async release({
    order = 'as sent',
    duplicate = false,
  }: {
    order?: 'as sent' | 'reversed' | 'shuffled'
    duplicate?: boolean
  } = {}): Promise<void> {
    const held = this.#held ?? []
    this.#held = null
    for (const parcel of ordered(held, order)) {
      await this.#send(parcel)
      if (duplicate) await this.#send(this.#copyOf(parcel))
    }
  }

  drop(lost: boolean): void {
    this.#dropping = lost
  }

  async redeliver(guid: string): Promise<HookDelivery> {
    const first = this.deliveries.find((each) => each.guid === guid)
    const hook = this.#hookOf(first)
    if (first === undefined || hook === undefined) throw new Error(`There is no delivery ${guid}.`)
    const parcel = this.#copyOf({ open: first, hook, written: Promise.resolve() })
    await this.#send(parcel)
    return parcel.open
  }

  async settled(): Promise<void> {
    await this.#world.clock.settled()
    // What is answered may bring about more.
    for (let lines = [...this.#lines.values()]; ; ) {
      await Promise.all(lines)
      const now = [...this.#lines.values()]
      if (now.every((line, index) => line === lines[index])) return
      lines = now
    }
  }

  close(): void {
    this.#dropping = true
    this.#leaving.abort()
  }

  #hookOf(delivery: HookDelivery | undefined): Hook | undefined {
    for (const { hooks } of this.#world.repositories.values()) {
      const hook = delivery === undefined ? undefined : hooks.get(delivery.hookId)
      if (hook !== undefined) return hook
    }
    return undefined
  }

  #tell(happening: Happening): void {
    const hooks = [...happening.repository.hooks.values()].filter(
      ({ active, events }) => active && (events.includes('*') || events.includes(happening.event)),
    )
    if (hooks.length === 0) return
    const payload = payloadOf(this.#world, happening)
    for (const hook of hooks) {
      this.#enqueue(happening.repository, hook, happening.event, happening.action, payload)
    }
  }

  #enqueue(
    repository: Repository,
    hook: Hook,
    event: WebhookEvent,
    action: string | null,
    payload: Promise<object>,
  ): void {
    const open: Open = {
      id: this.#world.id(),
      guid: randomUUID(),
      hookId: hook.id,
      event,
      action,
      payload: {},
      body: '',
      headers: {},
      redelivery: false,
      deliveredAt: null,
      statusCode: null,
      durationMs: 0,
      dropped: this.#dropping,
    }
    this.deliveries.push(open)
    const parcel = {
      open,
      hook,
      written: payload.then((made) => {
        open.payload = made as Record<string, unknown>
        open.body = JSON.stringify(made)
        open.headers = headersOf(open, hook, repository, webUrlOf(this.#world, repository))
      }),
    }
    if (this.#dropping) parcel.written.catch(() => undefined)
    else if (this.#held !== null) this.#held.push(parcel)
    else {
      const line = this.#lines.get(hook.id) ?? Promise.resolve()
      this.#lines.set(
        hook.id,
        line.then(() => this.#send(parcel)),
      )
    }
  }

  #copyOf({ open, hook, written }: Parcel): Parcel {
    const copy = { ...open, id: this.#world.id(), redelivery: true, deliveredAt: null, statusCode: null }
    this.deliveries.push(copy)
    return { open: copy, hook, written }
  }

  async #send({ open, hook, written }: Parcel): Promise<void> {
    await written
    if (this.#leaving.signal.aborted) return
    open.deliveredAt = this.#world.clock.now()
    const started = performance.now()
    open.statusCode = await post(hook.url, open.headers, open.body, this.#leaving.signal)
    open.durationMs = Math.round(performance.now() - started)
    hook.lastCode = open.statusCode
  }
}

function ordered(parcels: readonly Parcel[], order: 'as sent' | 'reversed' | 'shuffled'): Parcel[] {
  if (order === 'reversed') return parcels.toReversed()
  if (order === 'as sent') return [...parcels]
  return parcels
    .map((parcel) => ({ parcel, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ parcel }) => parcel)
}

function headersOf(
  { body, event, guid }: HookDelivery,
  { id, secret }: Hook,
  repository: Repository,
  webUrl: string,
): Record<string, string> {
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/0123abc',
    'x-github-delivery': guid,
    'x-github-event': event,
    'x-github-hook-id': String(id),
    'x-github-hook-installation-target-id': String(repository.id),
    'x-github-hook-installation-target-type': 'repository',
    'x-github-enterprise-host': new URL(webUrl).host,
    ...(secret === null
      ? {}
      : {
          'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
          'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
        }),
  }
}

/** What the receiver answered; 0 when it did not. Redirects are not followed, as GitHub does not. */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  leaving: AbortSignal,
): Promise<number> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  return await new Promise((resolve) => {
    const sent = send(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.any([leaving, AbortSignal.timeout(PATIENCE_MS)]),
      },
      (response) => {
        response.resume()
        response.once('error', () => resolve(0))
        response.once('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.once('error', () => resolve(0))
    sent.end(body)
  })
}
