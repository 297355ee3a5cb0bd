/** Fills a database with what the lists around tasks show, as `seed.mjs` does with tasks and logs. */

/** The workspace that exists from the start. */
const WORKSPACE = '00000000-0000-7000-8000-000000000001'

/** @typedef {import('./seed.mjs').Queries} Queries */
/** @typedef {{ id: string, repoUrl: string }} Repository */

/**
 * Definitions of both kinds, in turn; the first is a standalone one.
 * @param {Queries} db
 * @param {{ repository: Repository, count: number }} options
 * @returns {Promise<{ standaloneId: string, blueprintId: string }>} one of each
 */
export async function seedDefinitions(db, { repository, count }) {
  const { rows } = await db.query(
    `insert into blueprints (id, workspace_id, kind, name, prompt, repository_id, agent_type, agent_command, max_retries,
       max_concurrent, created_by, created_at)
     select gen_random_uuid(), $1, kind, 'Definition ' || n, 'Look at {{ what }}. ' || repeat('It is described here. ', 20),
       case when kind = 'repo' then $2::uuid end, 'command', case when kind = 'standalone' then '["true"]'::jsonb end, 1,
       case when kind = 'standalone' then 2 end, 'seed', now() - n * interval '1 minute'
     from (select n, (array['repo', 'standalone'])[1 + n % 2] as kind from generate_series(1, $3::int) n) numbers
     returning id, kind`,
    [WORKSPACE, repository.id, count],
  )
  const first = (/** @type {string} */ kind) => rows.find((each) => each.kind === kind).id
  return { standaloneId: first('standalone'), blueprintId: first('repo') }
}

/**
 * A webhook of a standalone definition that fired often: each firing started a run, which is finished.
 * @param {Queries} db
 * @param {{ definitionId: string, count: number }} options
 * @returns {Promise<{ triggerId: string }>}
 */
export async function seedFirings(db, { definitionId, count }) {
  const { rows } = await db.query(
    `insert into triggers (id, workspace_id, blueprint_id, type, config, path)
     values (gen_random_uuid(), $1, $2, 'webhook', '{"path": "seeded"}', 'seeded') returning id`,
    [WORKSPACE, definitionId],
  )
  const triggerId = rows[0].id
  await db.query(
    `with made as (
       insert into runs (id, workspace_id, kind, state, title, prompt, agent_type, agent_command, blueprint_id, trigger_id, params,
         created_by, max_retries, result_summary, next_look_at, created_at, updated_at, started_at, completed_at)
       select gen_random_uuid(), $1, 'standalone', (array['completed', 'completed', 'failed'])[1 + n % 3], 'Run ' || n,
         'Look at it. ' || repeat('It is described here. ', 20), 'command', '["true"]', $2, $3, jsonb_build_object('number', n),
         'trigger', 1, 'It was looked at: ' || md5(n::text), null, at, at, at, at
       from (select n, now() - n * interval '1 minute' as at from generate_series(1, $4::int) n) numbers
       returning id, created_at
     ), attempted as (
       insert into attempts (id, workspace_id, run_id, number, reason, state, host_id, agent_type, input_tokens, output_tokens, cost_usd,
         exit_code, created_at, started_at, ended_at)
       select gen_random_uuid(), $1, id, 1, 'first', 'succeeded', 'seed', 'command', 1000, 200, 0.125, 0, created_at, created_at,
         created_at
       from made
     ), headed as (
       insert into log_heads (run_id, workspace_id) select id, $1 from made
     )
     insert into trigger_firings (id, workspace_id, trigger_id, key, state, run_id, created_at, settled_at)
     select gen_random_uuid(), $1, $3, 'seeded ' || id, 'started', id, created_at, created_at from made`,
    [WORKSPACE, definitionId, triggerId, count],
  )
  return { triggerId }
}

/**
 * One old task with a finished history of everything that is listed of a task: attempts, comments, messages, events, children, and tasks that
 * wait for it or that it waits for.
 * @param {Queries} db
 * @param {{ repository: Repository, count: number }} options so many of each
 * @returns {Promise<{ runId: string }>}
 */
export async function seedParts(db, { repository, count }) {
  const make = async (/** @type {string} */ title, /** @type {number} */ many, parent = null) => {
    const { rows } = await db.query(
      `insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, repo_url, base_ref, branch, agent_type, created_by,
         next_look_at, created_at, completed_at, parent_run_id, task_type)
       select gen_random_uuid(), $1, 'repo', 'completed', $2 || ' ' || n, 'Do it.', $3, $4, 'main', 'optio/part-' || n, 'command',
         'seed-parts', null, now() - interval '1 year' - n * interval '1 minute', now(), $6::uuid, case when $6::uuid is null then 'coding' else 'child' end
       from generate_series(1, $5::int) n returning id`,
      [WORKSPACE, title, repository.id, repository.repoUrl, many, parent],
    )
    return rows.map(({ id }) => id)
  }
  const [runId] = await make('A task with many parts', 1)
  await make('A part', count, runId)
  const others = await make('Another task', count)
  const values = [WORKSPACE, runId, count]
  await db.query(
    `insert into run_dependencies (workspace_id, run_id, depends_on_id)
     select $1, case when n % 2 = 0 then $2::uuid else other end, case when n % 2 = 0 then other else $2::uuid end
     from unnest($3::uuid[]) with ordinality others(other, n)`,
    [WORKSPACE, runId, others],
  )
  await db.query(
    `insert into attempts (id, workspace_id, run_id, number, reason, state, host_id, agent_type, cost_usd, exit_code, started_at, ended_at)
     select gen_random_uuid(), $1, $2, n, case when n = 1 then 'first' else 'retry' end, 'failed', 'seed', 'command', 0.125, 1, now(), now()
     from generate_series(1, least($3::int, 100)) n`,
    values,
  )
  await db.query(
    `insert into task_comments (id, workspace_id, run_id, author, content, created_at)
     select gen_random_uuid(), $1, $2, 'seed', 'Comment ' || n || '. ' || repeat('It says something. ', 10), now() - n * interval '1 second'
     from generate_series(1, $3::int) n`,
    values,
  )
  await db.query(
    `insert into task_messages (id, workspace_id, run_id, attempt_id, number, author, content, mode, state, created_at)
     select gen_random_uuid(), $1, $2, (select id from attempts where run_id = $2 limit 1), n, 'seed', 'Message ' || n, 'soft',
       'undelivered', now() - n * interval '1 second'
     from generate_series(1, $3::int) n`,
    values,
  )
  await db.query(
    `insert into events (workspace_id, run_id, type, from_state, to_state, trigger, actor)
     select $1, $2, 'task:state_changed', 'queued', 'running', 'seeded', case when n % 10 = 0 then 'seed' else 'optio' end
     from generate_series(1, $3::int) n`,
    values,
  )
  return { runId }
}

/**
 * Three events of each run there is, as its making, an attempt and its end leave them, and now and then one of a person.
 * @param {Queries} db
 */
export async function seedEvents(db) {
  await db.query(
    `insert into events (workspace_id, run_id, type, from_state, to_state, trigger, actor, created_at)
     select r.workspace_id, r.id, case when n = 0 then 'task:created' else 'task:state_changed' end,
       (array[null, 'queued', 'running'])[n + 1], (array['queued', 'running', r.state])[n + 1], 'seeded',
       case when n = 0 then 'seed' else 'optio' end, r.created_at
     from runs r, generate_series(0, 2) n order by r.created_at`,
  )
}

/**
 * Templates of prompts and of tasks.
 * @param {Queries} db
 * @param {{ count: number }} options so many of each
 */
export async function seedTemplates(db, { count }) {
  await db.query(
    `insert into prompt_templates (id, workspace_id, name, kind, template, created_by, created_at)
     select gen_random_uuid(), $1, 'Template ' || n, 'prompt', '{{ prompt }} {{ rules }} ' || repeat('Mind this. ', 50), 'seed',
       now() - n * interval '1 minute'
     from generate_series(1, $2::int) n`,
    [WORKSPACE, count],
  )
  await db.query(
    `insert into task_templates (id, workspace_id, name, prompt, created_by, created_at)
     select gen_random_uuid(), $1, 'Template ' || n, repeat('Do this. ', 50), 'seed', now() - n * interval '1 minute'
     from generate_series(1, $2::int) n`,
    [WORKSPACE, count],
  )
}
