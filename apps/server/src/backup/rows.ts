import { once } from 'node:events'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Manifest } from './manifest.ts'
import { columnList, quote } from './tables.ts'
import { damaged } from './tar-format.ts'

/** Rows on their way into the tables, one table after the other. */
export class Rows {
  readonly #client: pg.Client
  readonly #manifest: Manifest
  #table = ''
  #copy: ReturnType<typeof copyFrom> | null = null
  /** What the database said of the rows so far; a stream that has failed must not be written to. */
  #failure: Error | null = null

  constructor(client: pg.Client, manifest: Manifest) {
    this.#client = client
    this.#manifest = manifest
  }

  /** Migrations may have put rows into a new database; the backup has its own. */
  async empty(): Promise<void> {
    const names = this.#manifest.tables.map(({ name }) => quote(name))
    await this.#client.query(`truncate ${names.join(', ')}`)
  }

  async add(name: string, content: AsyncIterable<Buffer>): Promise<void> {
    const copy = this.#copy !== null && this.#table === name ? this.#copy : await this.#begin(name)
    for await (const piece of content) {
      if (this.#failure !== null) throw this.#failure
      if (!copy.write(piece)) await once(copy, 'drain')
    }
  }

  async #begin(name: string): Promise<ReturnType<typeof copyFrom>> {
    await this.finish()
    const table = this.#manifest.tables.find((each) => each.name === name)
    if (table === undefined) throw damaged('rows of a table it does not name')
    const copy = this.#client.query(copyFrom(`copy ${quote(name)} (${columnList(table)}) from stdin`))
    copy.on('error', (error) => {
      this.#failure ??= error
    })
    this.#table = name
    this.#copy = copy
    return copy
  }

  async finish(): Promise<void> {
    const copy = this.#copy
    this.#copy = null
    if (copy === null) return
    if (this.#failure !== null) throw this.#failure
    const done = once(copy, 'finish')
    copy.end()
    await done
  }

  /** Numbers that the database gives go on where they were. */
  async setSequences(): Promise<void> {
    const { rows } = await this.#client.query<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and a.attidentity <> '' and c.relname = any($1)`,
      [this.#manifest.tables.map(({ name }) => name)],
    )
    for (const { table, column } of rows) {
      await this.#client.query(
        `select setval(pg_get_serial_sequence($1, $2), coalesce(max(${quote(column)}), 1), max(${quote(column)}) is not null) from ${quote(table)}`,
        [quote(table), column],
      )
    }
  }
}
