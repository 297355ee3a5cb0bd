import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Database, Transaction } from '../database/connection.ts'
import { HOLDERS } from './holders.ts'
import {
  type MasterKey,
  type MasterKeySource,
  type MasterKeys,
  makeKeyFile,
  readKeyTexts,
  readMasterKeys,
  removeKeyLeftovers,
} from './master-key.ts'
import { KEY_BYTES, seal, unseal } from './sealing.ts'
import { keyMissing } from './unreadable.ts'

/** A key that secrets are encrypted with. */
export interface DataKey {
  readonly id: string
  readonly bytes: Buffer
}

/** A row of `encryption_keys`, as far as opening goes. */
export interface WrappedKey {
  readonly id: string
  readonly masterId: string
  readonly wrapped: Buffer
}

/** First half of the advisory lock's key, so that it meets no other lock. */
const LOCK_CLASS = 0x6b657973

/**
 * The keys secrets are encrypted with: in the database, each encrypted with a master key, which is not (envelope encryption). So the
 * database or a backup of it alone tells nothing, and a new key needs no new file.
 */
export class KeyRing {
  readonly #database: Database
  readonly #source: MasterKeySource
  /** By id; a row that was changed since is opened anew. */
  readonly #opened = new Map<string, { readonly wrapped: Buffer; readonly bytes: Buffer }>()

  constructor({ database, source }: { readonly database: Database; readonly source: MasterKeySource }) {
    this.#database = database
    this.#source = source
  }

  async masters(): Promise<MasterKeys> {
    return await readMasterKeys(this.#source)
  }

  /** The master keys as they are written: for redaction. */
  async masterTexts(): Promise<readonly string[]> {
    return await readKeyTexts(this.#source)
  }

  /** Makes the keys of a new installation, the key file included. Throws SECRET_UNREADABLE when the master key is not there (any more). */
  async prepare(): Promise<void> {
    await removeKeyLeftovers(this.#source.dataDir)
    await this.#database.transaction((tx) => this.active(tx))
  }

  /**
   * The key to encrypt with; it stays that until the transaction ends. Throws SECRET_UNREADABLE where it cannot be decrypted and something
   * is encrypted: another one is only made when somebody asks for it, since whoever has the right master key could not read what it
   * encrypts.
   */
  async active(tx: Transaction): Promise<DataKey> {
    const row = (await readActive(tx)) ?? (await this.#make(tx, null))
    const bytes = await this.open(row)
    if (bytes !== null) return { id: row.id, bytes }
    if (await isNeeded(tx)) throw keyMissing(await this.masters())
    const made = await this.#make(tx, row.id)
    const opened = await this.open(made)
    if (opened === null) throw keyMissing(await this.masters())
    return { id: made.id, bytes: opened }
  }

  /** Null when none of the master keys decrypts it. */
  async open({ id, masterId, wrapped }: WrappedKey): Promise<Buffer | null> {
    const known = this.#opened.get(id)
    if (known?.wrapped.equals(wrapped)) return known.bytes
    const { keys } = await this.masters()
    const master = keys.find((key) => key.id === masterId)
    const bytes = master === undefined ? null : unseal(master.bytes, wrapped, identityOf(id))
    if (bytes !== null) this.#opened.set(id, { wrapped, bytes })
    return bytes
  }

  /** A new key becomes the active one, encrypted with the first master key; where the key file is gone, with that of a new one. */
  async replaceActive(tx: Transaction): Promise<void> {
    const master = await this.#firstMaster()
    const { rows } = await tx.execute<{ number: number }>(
      sql`select coalesce(max(substr(id, 2)::int), 0) + 1 as number from encryption_keys`,
    )
    const id = `k${rows[0]?.number ?? 1}`
    const wrapped = seal(master.bytes, randomBytes(KEY_BYTES), identityOf(id))
    await tx.execute(sql`update encryption_keys set state = 'older' where state = 'active'`)
    await tx.execute(
      sql`insert into encryption_keys (id, master_id, wrapped, state) values (${id}, ${master.id}, ${wrapped}, 'active')`,
    )
  }

  /** One process at a time makes keys, until the transaction ends. */
  async lock(tx: Transaction): Promise<void> {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK_CLASS}, 0)`)
  }

  /** Another one than this; the one that somebody else has made meanwhile, if so. */
  async #make(tx: Transaction, than: string | null): Promise<WrappedKey> {
    await this.lock(tx)
    const meanwhile = await readActive(tx)
    if (meanwhile !== null && meanwhile.id !== than) return meanwhile
    await this.replaceActive(tx)
    const made = await readActive(tx)
    if (made === null) throw new Error('the encryption key was not written')
    return made
  }

  async #firstMaster(): Promise<MasterKey> {
    let masters = await this.masters()
    if (masters.keys.length === 0) {
      await makeKeyFile(this.#source.dataDir)
      masters = await this.masters()
    }
    const [first] = masters.keys
    if (first === undefined) throw keyMissing(masters)
    return first
  }
}

/** Whether anything is encrypted with a key there is. */
async function isNeeded(tx: Transaction): Promise<boolean> {
  const holders = HOLDERS.map(({ table, key }) => sql`exists (select from ${table} where ${key} is not null)`)
  const { rows } = await tx.execute<{ needed: boolean }>(
    sql`select ${sql.join(holders, sql` or `)} as needed`,
  )
  return rows[0]?.needed === true
}

type KeyColumns = { id: string; master_id: string; wrapped: Buffer }

async function readActive(tx: Transaction): Promise<WrappedKey | null> {
  const { rows } = await tx.execute<KeyColumns>(
    sql`select id, master_id, wrapped from encryption_keys where state = 'active' for share`,
  )
  const [row] = rows
  return row === undefined ? null : wrappedOf(row)
}

function wrappedOf({ id, master_id: masterId, wrapped }: KeyColumns): WrappedKey {
  return { id, masterId, wrapped }
}

function identityOf(id: string): readonly string[] {
  return ['encryption key', id]
}
