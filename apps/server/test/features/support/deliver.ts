import { createHmac, randomUUID } from 'node:crypto'
import { until } from '../../engine/support/engine-place.ts'
import type { TestOptio } from './optio.ts'

/** Where GitHub sends what happens. */
export const DELIVERY_PATH = '/api/webhooks/github'

export interface Sent {
  readonly event?: string
  readonly id?: string
  readonly headers?: Record<string, string>
  readonly secret: string
}

/** `X-Hub-Signature-256` of a body. */
export function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

/** Sends a payload as GitHub does. */
export async function deliver(
  optio: TestOptio,
  payload: unknown,
  { event = 'push', id = randomUUID(), headers = {}, secret }: Sent,
) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const { status, body: answer } = await optio.raw(DELIVERY_PATH, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': signatureOf(body, secret),
      ...headers,
    },
    body,
  })
  return { status, answer, id }
}

interface DeliveryRow {
  readonly id: string
  readonly state: string
  readonly detail: string | null
  readonly payload: unknown
}

export async function deliveriesOf(optio: TestOptio, where = 'true'): Promise<DeliveryRow[]> {
  const query = `select * from webhook_deliveries where ${where} order by received_at`
  return (await optio.database.pool.query<DeliveryRow>(query)).rows
}

/** What came of one, once it is worked on. */
export async function workedOn(optio: TestOptio, id: string): Promise<DeliveryRow> {
  let found: DeliveryRow | undefined
  await until('the delivery is worked on', async () => {
    found = (await deliveriesOf(optio, `id = '${id}' and state <> 'received'`))[0]
    return found !== undefined
  })
  if (found === undefined) throw new Error('it is gone')
  return found
}
