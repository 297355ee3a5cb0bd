import { sql } from 'drizzle-orm'
import type { Transaction } from '../database/connection.ts'

/** Has searches find runs by the words of their titles and prompts as they are now. */
export async function indexWords(tx: Pick<Transaction, 'execute'>, runIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    insert into run_words (run_id, workspace_id, created_at, words)
    select id, workspace_id, created_at, words_of(title, prompt) from runs where id = any(${sql.param(runIds)}::uuid[])
    on conflict (run_id) do update set words = excluded.words`)
}
