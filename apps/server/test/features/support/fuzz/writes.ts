import type { Database } from '../../../../src/database/connection.ts'

/** Notes every row that a connection of one name writes in any table, and commits. */
export interface Writes {
  /** Tables that were written since the last time, each with what was done, sorted. */
  since(): Promise<string[]>
}

/**
 * Exact where counters are not: triggers note each row in the transaction that writes it, so that what is rolled back is not there, and
 * only of connections with this application name, so that what the engine does by itself meanwhile is not among it.
 */
export async function watchWrites(database: Database, applicationName: string): Promise<Writes> {
  const { pool } = database
  await pool.query(`
    create table noted_writes (n bigserial primary key, what text not null);
    create function note_write() returns trigger language plpgsql as $$
    begin
      if current_setting('application_name') = '${applicationName}' then
        insert into public.noted_writes (what) values (tg_table_name || ' ' || lower(tg_op));
      end if;
      return null;
    end $$;
    do $$ declare its record; begin
      for its in select c.oid::regclass as name from pg_class c join pg_namespace s on s.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'noted_writes'
          and s.nspname not in ('pg_catalog', 'information_schema')
      loop
        execute format('create trigger zz_note_write after insert or update or delete on %s
                        for each row execute function public.note_write()', its.name);
      end loop;
    end $$`)
  let last = 0
  return {
    async since() {
      const { rows } = await pool.query<{ n: number; what: string }>(
        'select n, what from noted_writes where n > $1 order by n',
        [last],
      )
      last = rows.at(-1)?.n ?? last
      return [...new Set(rows.map(({ what }) => what))].sort()
    },
  }
}
