import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Database } from '../../src/database/connection.ts'
import { openNotifyBus } from '../../src/database/notify.ts'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/index.ts'
import { createSecretService, type SecretService } from '../../src/features/secrets/service.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

/** A database, a data directory, and any number of stores on them, as several processes have. */
export class SecretPlace {
  readonly store: TestDatabase
  readonly database: Database
  readonly dataDir: string
  readonly logged: string[] = []
  readonly #closing: (() => Promise<unknown>)[] = []

  private constructor(store: TestDatabase, database: Database, dataDir: string) {
    this.store = store
    this.database = database
    this.dataDir = dataDir
  }

  static async make(): Promise<SecretPlace> {
    const store = await testDatabase()
    const dataDir = await mkdtemp(join(tmpdir(), 'optio-secrets-'))
    return new SecretPlace(store, await store.open(), dataDir)
  }

  /** @param variable `OPTIO_ENCRYPTION_KEY`; null for the key file. */
  async open(
    variable: string | null = null,
    env: Readonly<Record<string, string>> = {},
  ): Promise<SecretService> {
    const database = await this.store.open()
    const log = pino({ level: 'info' }, { write: (line: string) => void this.logged.push(line) })
    const notify = await openNotifyBus({ database, log })
    const secrets = await createSecretService({
      ...{ database, notify, log, env },
      masterKey: { variable, dataDir: this.dataDir },
    })
    this.#closing.push(async () => {
      secrets.close()
      await notify.close()
    })
    return secrets
  }

  async rows<T extends object>(text: string, ...values: unknown[]): Promise<T[]> {
    return (await this.database.pool.query(text, values)).rows as T[]
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close()
    await this.store.drop()
    await rm(this.dataDir, { recursive: true, force: true })
  }
}

export const WORKSPACE = DEFAULT_WORKSPACE_ID

export function putGlobal(secrets: SecretService, name: string, value: string) {
  const place = { workspaceId: WORKSPACE, scope: 'global', repositoryId: null, userId: null } as const
  return secrets.put({ ...place, name, value }, 'ann')
}

export async function readValue(secrets: SecretService, name: string): Promise<string | null> {
  return (await secrets.resolve(WORKSPACE, name))?.value ?? null
}

/** What a call throws; a success is a failure of the test. */
export async function thrown(call: () => Promise<unknown>): Promise<unknown> {
  const answer = await call().then(
    () => null,
    (error: unknown) => ({ error }),
  )
  if (answer === null) throw new Error('Expected an error, and got an answer.')
  return answer.error
}
