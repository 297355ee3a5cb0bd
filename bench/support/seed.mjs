/**
 * Fills a database with much, in seconds: for benches, and for tests that look at pages with much on them. Everything is made up by
 * Postgres itself and the same each time.
 */

/** The workspace that exists from the start. */
const WORKSPACE = '00000000-0000-7000-8000-000000000001'

/**
 * Something that can query: a `pg` client or pool.
 * @typedef {{ query(text: string, values?: unknown[]): Promise<{ rows: any[] }> }} Queries
 */

/**
 * A connected repository, as far as the database knows; nothing is on disk.
 * @param {Queries} db
 * @param {{ repoUrl?: string }} [options]
 * @returns {Promise<{ id: string, repoUrl: string }>}
 */
export async function seedRepository(db, { repoUrl = '/srv/git/seeded' } = {}) {
  const { rows } = await db.query(
    `insert into repositories (id, workspace_id, repo_url, git_platform, full_name, default_branch, agent_command)
     values (gen_random_uuid(), $1, $2, 'local', 'git/seeded', 'main', '["true"]') returning id`,
    [WORKSPACE, repoUrl],
  )
  return { id: rows[0].id, repoUrl }
}

/**
 * Finished tasks, one a minute back from now, each with one or two attempts that cost something, and the end of its story.
 * @param {Queries} db
 * @param {{ repository: { id: string, repoUrl: string }, count: number }} options
 */
export async function seedTasks(db, { repository, count }) {
  await db.query(
    `insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, repo_url, base_ref, branch, agent_type,
       created_by, attention_code, explanation, waiting_on, next_look_at, created_at, updated_at, started_at, completed_at, observation,
       pr_number, pr_url, metadata)
     select gen_random_uuid(), $1, 'repo', state, 'Task ' || n || ': ' || (array['mend the parser', 'add a test', 'update what is old'])[1 + n % 3],
       'Do the work of number ' || n || '. ' || repeat('It is described at some length here. ', 20), $2, $3, 'main', 'optio/task-' || n,
       'command', 'seed', case when state = 'needs_attention' then 'no_changes' end,
       '{"reason": "seeded", "summary": "It was seeded.", "wouldChange": []}',
       case when state = 'needs_attention' then 'person' end, null, at, at, at, case when state <> 'needs_attention' then at end,
       jsonb_build_object('number', n, 'url', 'http://127.0.0.1/pr/' || n, 'state', 'merged', 'draft', false,
         'headSha', md5(n::text) || 'aaaaaaaa', 'baseRef', 'main', 'baseSha', md5((n - 1)::text) || 'bbbbbbbb', 'mergeable', true,
         'conflictFiles', '[]'::jsonb, 'checks', jsonb_build_object('required', true, 'headSha', md5(n::text) || 'aaaaaaaa',
           'baseSha', null, 'items', jsonb_build_array(jsonb_build_object('name', 'test', 'status', 'completed', 'conclusion', 'success',
             'summary', 'All is well.', 'url', null, 'log', null))),
         'reviews', '[]'::jsonb, 'mergeBlocked', null, 'mergedSha', md5(n::text) || 'cccccccc', 'observedAt', 0),
       n, 'http://127.0.0.1/pr/' || n, '{}'
     from (
       select n, now() - n * interval '1 minute' as at,
         (array['completed', 'completed', 'completed', 'completed', 'failed', 'cancelled', 'needs_attention'])[1 + n % 7] as state
       from generate_series(1, $4::int) n
     ) numbers`,
    [WORKSPACE, repository.id, repository.repoUrl, count],
  )
  await db.query(
    `insert into attempts (id, workspace_id, run_id, number, reason, state, host_id, agent_type, session_id, model_used,
       input_tokens, output_tokens, cost_usd, exit_code, created_at, started_at, last_output_at, ended_at)
     select gen_random_uuid(), r.workspace_id, r.id, k, case when k = 1 then 'first' else 'ci_failed' end, 'succeeded', 'seed', 'command',
       'session-' || k, 'a-model', 1000 * k, 200 * k, 0.125 * k, 0, r.created_at, r.created_at, r.created_at, r.created_at
     from runs r, generate_series(1, 2) k
     where r.created_by = 'seed' and (k = 1 or r.pr_number % 2 = 0)
       and not exists (select from attempts a where a.run_id = r.id)`,
  )
  await db.query(
    'insert into log_heads (run_id, workspace_id) select id, workspace_id from runs on conflict do nothing',
  )
  await seedWords(db)
  await db.query('analyze runs, attempts, run_words')
}

/**
 * Has searches find whatever was seeded. An index of words is built in a hundredth of the time that it takes to grow by as many.
 * @param {Queries} db
 */
export async function seedWords(db) {
  const { rows } = await db.query(`select indexdef from pg_indexes where indexname = 'run_words_by_word'`)
  await db.query('drop index run_words_by_word')
  await db.query(
    `insert into run_words (run_id, workspace_id, created_at, words)
     select id, workspace_id, created_at, words_of(title, prompt) from runs where kind = 'repo' on conflict do nothing`,
  )
  await db.query(rows[0].indexdef)
}

/** Words of which every log has many, and one that stands once in a seeded log, near its end. */
export const FREQUENT_WORD = 'function'
export const RARE_WORD = 'needle-in-the-log'

/**
 * A finished task with a long log: text, thinking, uses of tools and their results (some of several lines), a hash a line, so that
 * searches have something to do; one entry in 10,000 is an error. `RARE_WORD` is in the entry at nine tenths.
 *
 * @param {Queries} db
 * @param {{ repository: { id: string, repoUrl: string }, entries: number, title?: string }} options
 * @returns {Promise<{ runId: string }>}
 */
export async function seedLog(db, { repository, entries, title = 'A task with a long log' }) {
  const { rows } = await db.query(
    `insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, repo_url, base_ref, branch, agent_type, created_by,
       next_look_at, completed_at)
     values (gen_random_uuid(), $1, 'repo', 'completed', $2, 'Write much.', $3, $4, 'main', 'optio/long', 'command', 'seed-log', null, now())
     returning id`,
    [WORKSPACE, title, repository.id, repository.repoUrl],
  )
  const runId = rows[0].id
  await db.query('insert into log_heads (run_id, workspace_id, next_seq) values ($1, $2, $3)', [
    runId,
    WORKSPACE,
    entries + 1,
  ])
  await db.query(
    `insert into log_entries (run_id, seq, workspace_id, attempt, stream, log_type, content, metadata, timestamp)
     select $1, n, $2, 1, 'stdout', type,
       case type
         when 'tool_use' then 'Read ' || path
         when 'tool_result' then '  1 import { part' || n || ' } from ''./part.ts''' || chr(10) || '  2 // ' || md5(n::text) || chr(10)
           || '  3 export function part' || n % 1000 || '() {}'
         when 'error' then 'error: ' || path || ' cannot be read (code ' || n % 100 || ')'
         else 'Line ' || n || ': the ' || (array['parser', 'server', 'page', 'test', 'queue'])[1 + n % 5] || ' of ' || path || ' has '
           || md5(n::text) || case when n = $3::int * 9 / 10 then ' ${RARE_WORD}' else '' end
       end,
       case when type in ('tool_use', 'tool_result') then jsonb_build_object('toolUseId', 'use-' || n / 2, 'toolName', 'Read') end,
       now() - ($3::int - n) * interval '1 millisecond'
     from (
       select n, 'src/part-' || n % 97 || '/file-' || n % 1013 || '.ts' as path,
         case when n % 10000 = 5000 then 'error'
              else (array['text', 'thinking', 'tool_use', 'tool_result', 'text', 'text'])[1 + n % 6] end as type
       from generate_series(1, $3::int) n
     ) numbers`,
    [runId, WORKSPACE, entries],
  )
  return { runId }
}
