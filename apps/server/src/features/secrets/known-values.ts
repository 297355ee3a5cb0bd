import { AGENT_REQUIREMENTS } from '@optio/agents'
import type { Logger } from 'pino'
import type { Queries } from '../../database/connection.ts'
import { processRedactor } from '../../redaction/process-redactor.ts'
import type { KeyRing } from '../../secrets/key-ring.ts'
import { readTriggerSecrets } from '../../secrets/trigger-secret.ts'
import { allSecrets, type SealedRow } from './queries.ts'

/** A value that is kept out of everything that is stored, and what people call it. */
export interface KnownValue {
  readonly name: string
  readonly value: string
}

/** Names Optio itself uses, and those agents' types declare: these may stand in its environment instead of the store. */
export const OF_ENVIRONMENT: ReadonlySet<string> = new Set([
  'GITHUB_TOKEN',
  'GITHUB_WEBHOOK_SECRET',
  ...AGENT_REQUIREMENTS.flatMap(({ credentials }) => credentials.map(({ variable }) => variable)),
])

interface Places {
  readonly orm: Queries
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Every value that can be read: of secrets, of webhooks, of Optio's own environment, and the keys all of these are encrypted with. */
export async function readValues(
  { orm, env }: Places,
  keys: KeyRing,
  open: (row: SealedRow) => Promise<string | null>,
): Promise<KnownValue[]> {
  const known: KnownValue[] = []
  for (const row of await allSecrets(orm)) {
    const value = await open(row)
    if (value !== null) known.push({ name: row.name, value })
  }
  for (const value of await readTriggerSecrets(keys, orm))
    known.push({ name: 'the secret of a webhook', value })
  for (const value of await keys.masterTexts()) known.push({ name: 'the encryption key', value })
  for (const name of OF_ENVIRONMENT) {
    if (env[name]) known.push({ name, value: env[name] })
  }
  const password = passwordOf(env.DATABASE_URL)
  if (password !== null) known.push({ name: 'the password of the database', value: password })
  return known
}

/**
 * Has the redactor of this process learn all values: one reading at a time, and one more for all who ask during it. A failure is made
 * up for by the next time: notices that were missed while the database was away are told as such.
 */
export function learner(values: () => Promise<readonly KnownValue[]>, log: Logger): () => Promise<void> {
  let reading: Promise<void> | null = null
  let next: Promise<void> | null = null
  const read = async () => {
    try {
      processRedactor.learn((await values()).map(({ value }) => value))
    } catch (error) {
      log.warn({ err: error }, 'The values of secrets could not be read for redaction; they are read again.')
    }
  }
  return () => {
    if (reading === null) {
      reading = read().finally(() => {
        reading = null
      })
      return reading
    }
    next ??= reading.then(() => {
      next = null
      reading = read().finally(() => {
        reading = null
      })
      return reading
    })
    return next
  }
}

function passwordOf(url: string | undefined): string | null {
  if (!url || !URL.canParse(url)) return null
  const { password } = new URL(url)
  try {
    return decodeURIComponent(password) || null
  } catch {
    return password
  }
}
