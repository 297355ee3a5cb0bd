import { createHmac, randomUUID } from 'node:crypto'
import type { CreateTrigger, Firing, Trigger } from '@optio/contract'
import type { TestOptio } from './optio.ts'

export const SECRET = 'correct-horse-battery'

/** A definition with a webhook, and a way to call it. */
export interface Hook {
  readonly trigger: Trigger
  readonly definitionId: string
  call(body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>
}

export async function makeHook(
  optio: TestOptio,
  {
    secret,
    overlap,
    ...more
  }: { secret?: string; overlap?: string; paramMapping?: Record<string, string> } = {},
  fields: Record<string, unknown> = {},
): Promise<Hook> {
  const { task } = await optio.client.tasks.create({
    body: {
      type: 'standalone',
      name: 'Answer',
      prompt: 'Look at {{ title }}.',
      agentType: 'command',
      agentCommand: ['true'],
      ...fields,
    },
  })
  const path = `hook-${randomUUID()}`
  const config = { path, ...(secret ? { secret } : {}), ...(overlap ? { overlap } : {}) }
  const body = { type: 'webhook', config, ...more } as CreateTrigger
  const { trigger } = await optio.client.triggers.create({ params: { id: task.id }, body })
  return { trigger, definitionId: task.id, call: (body, headers) => send(optio, path, body, headers) }
}

export async function send(
  optio: TestOptio,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const { status, body: answer } = await optio.raw(`/api/hooks/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.isBuffer(body)
      ? new Uint8Array(body)
      : typeof body === 'string'
        ? body
        : JSON.stringify(body),
  })
  return { status, body: answer }
}

export function sign(body: string | Buffer, secret = SECRET, timestamp?: string): Record<string, string> {
  const hmac = createHmac('sha256', secret)
  if (timestamp !== undefined) hmac.update(`${timestamp}.`)
  return {
    'x-optio-signature': `sha256=${hmac.update(body).digest('hex')}`,
    ...(timestamp === undefined ? {} : { 'x-optio-timestamp': timestamp }),
  }
}

export async function firingsOf(optio: TestOptio, { trigger }: Hook): Promise<Firing[]> {
  const params = { id: trigger.targetId, triggerId: trigger.id }
  return (await optio.client.triggers.firings({ params })).firings
}

interface StoredRun {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly title: string
  readonly prompt: string
  readonly params: unknown
  readonly created_by: string
}

export async function runsOf(optio: TestOptio, { trigger }: Hook): Promise<StoredRun[]> {
  const { rows } = await optio.database.pool.query(
    'select * from runs where trigger_id = $1 order by created_at, id',
    [trigger.id],
  )
  return rows
}

export async function finishRuns(optio: TestOptio, { trigger }: Hook): Promise<void> {
  await optio.database.pool.query(`update runs set state = 'completed' where trigger_id = $1`, [trigger.id])
}

/** As a timestamp says it. */
export function now(): number {
  return Math.floor(Date.now() / 1_000)
}
