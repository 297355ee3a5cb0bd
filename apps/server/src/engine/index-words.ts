import { sql } from 'drizzle-orm'
import type { Transaction } from '../database/connection.ts'

/** Has searches find a run by the words of its title and prompt as they are now. */
export async function indexWords(
  tx: Pick<Transaction, 'execute'>,
  { id, workspaceId }: { readonly id: string; readonly workspaceId: string },
): Promise<void> {
  await tx.execute(sql`
    insert into run_words (run_id, workspace_id, words)
    select id, workspace_id, words_of(title, prompt) from runs where id = ${id} and workspace_id = ${workspaceId}
    on conflict (run_id) do update set words = excluded.words`)
}
