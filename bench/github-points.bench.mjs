import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { assembleForges } from '../apps/server/dist/assemble-forges.js'
import { lookAtDue } from '../apps/server/dist/engine/watch/look.js'
import { learnForgeId } from '../apps/server/dist/features/repos/forge-id.js'
import { startFakeGithub } from '../packages/testkit/dist/github/index.js'
import { noRequestLog, openDatabase } from './support/bench-app.mjs'

const HOUR_MS = 3_600_000
const COUNTS = [1, 20, 200, 1_000]
const WATCH_MS = 30_000
const REPOSITORIES = 4
const WORKSPACE = '00000000-0000-7000-8000-000000000001'

/**
 * Method. The watch of pull requests with its own database against a GitHub that counts its points as GitHub documents it. A number of open
 * pull requests in which nothing happens, of four repositories, with nothing else to do for the credential. Time is set: the watch and
 * GitHub are moved to when the next is due, for one hour, after two in which what was busy at first became quiet. With webhooks means that
 * one came in the last day, so that quiet ones are looked at every 5 minutes and not every 2.
 *
 * @returns {Promise<{ name: string, value: number, unit: string, n: number, aim?: { atMost: number } }[]>}
 */
export default async function measureGithubPoints() {
  const github = await startFakeGithub()
  const store = await openDatabase()
  try {
    const context = watchOf(github, store)
    await openPullRequests(github, store, Math.max(...COUNTS))
    const rows = []
    for (const webhooks of [true, false]) {
      for (const count of COUNTS) {
        await watchOnly(github, store, { count, webhooks })
        await watchFor(2 * HOUR_MS, github, store, context)
        github.requests.clear()
        await watchFor(HOUR_MS, github, store, context)
        const name = `GitHub: ${count} open pull requests, ${webhooks ? 'with' : 'without'} webhooks`
        const requests = github.requests.count('*')
        const points = {
          name: `${name}: points`,
          value: github.requests.pointsSpent(),
          unit: 'points/h',
          n: count,
        }
        rows.push(count < 1_000 ? points : { ...points, aim: { atMost: webhooks ? 1_000 : 2_000 } })
        rows.push({ name: `${name}: requests`, value: requests, unit: 'requests/h', n: count })
      }
    }
    return rows
  } finally {
    await store.close()
    await github.close()
  }
}

/**
 * @param {import('../packages/testkit/dist/github/index.js').FakeGithub} github
 * @param {Awaited<ReturnType<typeof openDatabase>>} store
 */
function watchOf(github, { database, directory }) {
  const token = github.createToken({ login: 'optio-bot' })
  const { forge } = assembleForges({
    local: { store: /** @type {never} */ ({}), forbiddenDirs: [] },
    env: { GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url },
    secrets: {
      resolve: async () => ({ name: 'GITHUB_TOKEN', value: token, source: 'environment', secretId: null }),
    },
    learnForgeId: (repository, found) => learnForgeId(database.orm, repository, found),
    ...{ reserve: 0.2, checksGraceMs: 120_000, version: 'bench', log: /** @type {never} */ (noRequestLog) },
    now: () => github.clock.now(),
  })
  const mirrorDir = (/** @type {string} */ id) => join(directory, 'mirrors', id)
  const workspaces = /** @type {never} */ ({ mirrorDir })
  const config = { watchMs: WATCH_MS, forgeReserve: 0.2 }
  return { database, forge, workspaces, config, log: /** @type {never} */ (noRequestLog) }
}

/**
 * @param {import('../packages/testkit/dist/github/index.js').FakeGithub} github
 * @param {Awaited<ReturnType<typeof openDatabase>>} store
 * @param {number} count
 */
async function openPullRequests(github, { database: { pool } }, count) {
  for (let n = 0; n < REPOSITORIES; n++) {
    const there = await github.createRepository({
      owner: 'acme',
      name: `shop-${n}`,
      permissions: { 'optio-bot': 'write' },
    })
    const id = randomUUID()
    await pool.query(
      `insert into repositories (id, workspace_id, repo_url, git_platform, full_name, default_branch)
       values ($1, $2, $3, 'github', $4, 'main')`,
      [id, WORKSPACE, there.url, there.fullName],
    )
    for (let m = n; m < count; m += REPOSITORIES) {
      const branch = `optio/task-${m}`
      await there.commit({ branch, files: { [`file-${m}.txt`]: 'new' }, by: 'optio-bot' })
      const { number } = await there.openPullRequest({ title: `Change ${m}`, head: branch, by: 'optio-bot' })
      await pool.query(
        `insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, branch, agent_type, created_by, pr_number, priority)
         values ($1, $2, 'repo', 'pr_opened', 'A task', 'Do it.', $3, $4, 'command', 'bench', $5, $6)`,
        [randomUUID(), WORKSPACE, id, branch, number, m],
      )
    }
  }
}

/**
 * The first so many are watched, as if they had just been opened within half a minute.
 * @param {import('../packages/testkit/dist/github/index.js').FakeGithub} github
 * @param {Awaited<ReturnType<typeof openDatabase>>} store
 * @param {{ count: number, webhooks: boolean }} options
 */
async function watchOnly(github, { database: { pool } }, { count, webhooks }) {
  const now = new Date(github.clock.now()).toISOString()
  await pool.query('delete from pull_request_watches')
  await pool.query(
    `update repositories set webhook_seen_at = case when $1 then $2::timestamptz + interval '4 hours' end`,
    [webhooks, now],
  )
  await pool.query('update runs set observation = null')
  await pool.query(
    `insert into pull_request_watches (run_id, workspace_id, repository_id, number, head_ref, due_at, changed_at)
     select id, workspace_id, repository_id, pr_number, branch, $2::timestamptz + priority % 30 * interval '1 second', $2::timestamptz
     from runs where priority < $1`,
    [count, now],
  )
}

/**
 * @param {number} ms
 * @param {import('../packages/testkit/dist/github/index.js').FakeGithub} github
 * @param {Awaited<ReturnType<typeof openDatabase>>} store
 * @param {ReturnType<typeof watchOf>} context
 */
async function watchFor(ms, github, { database }, context) {
  const end = github.clock.now() + ms
  for (;;) {
    const { rows } = await database.pool.query(
      'select (extract(epoch from min(due_at)) * 1000)::float8 as due from pull_request_watches',
    )
    const due = Math.ceil(rows[0].due)
    if (due > end) break
    if (due > github.clock.now()) await github.clock.advance(due - github.clock.now())
    await lookAtDue(context, { now: github.clock.now() })
  }
  await github.clock.advance(Math.max(0, end - github.clock.now()))
}
