import type pg from 'pg'

export interface Table {
  readonly name: string
  /** Those that hold something of their own: none that is computed from others. */
  readonly columns: readonly string[]
}

/** The list drizzle keeps of migrations: written by migrating, never copied. */
export const MIGRATIONS = 'optio_migrations'

/**
 * Our tables, such that each comes after those it refers to. Read from the database itself and not from the program: a table that a
 * later migration adds is in the next backup without anybody thinking of it. graphile-worker's are in a schema of their own, and are
 * left out: its jobs are hints, which the sweep makes again.
 *
 * @param known names of tables of ours; others in the same schema belong to somebody else.
 */
export async function ourTables(client: pg.ClientBase, known: ReadonlySet<string>): Promise<Table[]> {
  const columns = await client.query<{ name: string; columns: string[] }>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     group by c.relname order by c.relname`,
  )
  const references = await client.query<{ from: string; to: string }>(
    `select f.relname as "from", t.relname as "to"
     from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
     where k.contype = 'f' and k.connamespace = 'public'::regnamespace and f.oid <> t.oid`,
  )
  const ours = columns.rows.filter(({ name }) => known.has(name))
  return inOrder(ours, references.rows)
}

function inOrder(tables: readonly Table[], references: readonly { from: string; to: string }[]): Table[] {
  const ordered: Table[] = []
  const left = new Map(tables.map((table) => [table.name, table]))
  while (left.size > 0) {
    const ready = [...left.values()].filter(
      ({ name }) => !references.some(({ from, to }) => from === name && left.has(to)),
    )
    if (ready.length === 0)
      throw new Error(`Tables refer to each other in a circle: ${[...left.keys()].join(', ')}`)
    for (const table of ready) left.delete(table.name)
    ordered.push(...ready)
  }
  return ordered
}

/** A name as SQL writes it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function columnList({ columns }: Table): string {
  return columns.map(quote).join(', ')
}
