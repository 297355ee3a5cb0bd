import { createHmac, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { startFakeGithub } from '../packages/testkit/dist/github/index.js'
import { percentile, rounded } from './support/figures.mjs'
import { putUnderLoad } from './support/put-under-load.mjs'
import { seedRepository, seedTasks } from './support/seed.mjs'
import { connectTo, makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const TASKS = 10_000
const WARM_UP = 10
const CHANGES = 100
const APART_MS = 1_200
const CONNECTIONS = 16
const SECONDS = 10
const SECRET = 'correct-horse-battery'

/**
 * Method. A server on its embedded Postgres with 10,000 finished tasks, paused, in front of a GitHub on the same machine, with 110 tasks that
 * wait for a person and whose pull requests are open there.
 *
 * - to an event: a pull request is closed there and the delivery that says so is sent; from sending it until `/ws/events` says that its task
 *   has failed. In between the delivery is worked on, GitHub is asked, and the engine decides. One every 1.2 s: GitHub's hourly limit
 *   allows for about one look a second, and after sixty at once more would wait for that.
 * - over 16 connections: a process of its own sends deliveries with ids of their own, each about a branch no task is on, over 16 kept-alive
 *   connections, each with one request at a time, for 10 s after 2 s of warming up. The server works on them meanwhile.
 */
export default async function measureWebhookToEvent() {
  const dataDir = await makeDataDirectory()
  const github = await startFakeGithub()
  const server = await startServer(dataDir, {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    GITHUB_TOKEN: github.createToken({ login: 'optio-bot' }),
    GITHUB_WEBHOOK_SECRET: SECRET,
  })
  try {
    await server.client.system.pause({ body: {} })
    const open = await openPullRequests(github, server)
    const events = await listen(server.url)
    const times = []
    for (const [n, { runId, number, there }] of open.entries()) {
      await pause(APART_MS)
      const payload = { ...about(there), action: 'closed', pull_request: { number } }
      there.closePullRequest(number, 'ann')
      const failed = events.next(runId)
      const sent = performance.now()
      await deliver(server.url, 'pull_request', payload)
      await failed
      if (n >= WARM_UP) times.push(performance.now() - sent)
    }
    events.close()
    const [{ there } = {}] = open
    if (there === undefined) throw new Error('there is no pull request')
    const body = JSON.stringify({
      ...about(there),
      ref: 'refs/heads/nowhere',
      rest: 'And more. '.repeat(700),
    })
    const url = `${server.url}/api/webhooks/github`
    const { perSecond, p50, p99, requests } = await putUnderLoad({
      ...{ urls: [url], connections: CONNECTIONS, warmUpMs: 2_000, ms: SECONDS * 1_000 },
      post: { headers: headersOf('push', body), body },
      fresh: 'x-github-delivery',
    })
    const name = 'delivery of GitHub'
    return [
      { name: `${name} to event, p50`, value: rounded(percentile(times, 0.5), 1), unit: 'ms', n: CHANGES },
      {
        ...{ name: `${name} to event, p99`, value: rounded(percentile(times, 0.99), 1), unit: 'ms' },
        ...{ n: CHANGES, aim: { atMost: 100 } },
      },
      {
        name: `deliveries over ${CONNECTIONS} connections`,
        value: perSecond,
        unit: 'requests/s',
        n: requests,
      },
      { name: `deliveries over ${CONNECTIONS} connections: p50`, value: p50, unit: 'ms', n: requests },
      { name: `deliveries over ${CONNECTIONS} connections: p99`, value: p99, unit: 'ms', n: requests },
    ]
  } finally {
    await server.stop()
    await removeDataDirectory(dataDir)
    await github.close()
  }
}

/** @typedef {import('../packages/testkit/dist/github/index.js').FakeGithub} FakeGithub */
/** @typedef {import('../packages/testkit/dist/github/index.js').FakeRepository} FakeRepository */
/** @typedef {import('./support/server.mjs').BenchServer} BenchServer */

/** @param {FakeRepository} there */
function about(there) {
  return { repository: { full_name: there.fullName, html_url: there.url } }
}

/** @param {string} event @param {string} body */
function headersOf(event, body) {
  return {
    'content-type': 'application/json',
    'x-github-event': event,
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  }
}

/** @param {string} url @param {string} event @param {unknown} payload */
async function deliver(url, event, payload) {
  const body = JSON.stringify(payload)
  const headers = headersOf(event, body)
  const { status } = await fetch(`${url}/api/webhooks/github`, { method: 'POST', headers, body })
  if (status !== 202) throw new Error(`a delivery was answered ${status}`)
}

/**
 * Pull requests of tasks that wait for a person.
 * @param {FakeGithub} github
 * @param {BenchServer} server
 */
async function openPullRequests(github, server) {
  const there = await github.createRepository({
    owner: 'acme',
    name: 'shop',
    permissions: { 'optio-bot': 'write', ann: 'write' },
  })
  const { repo } = await server.client.repos.connect({ body: { repoUrl: there.url, agentCommand: ['true'] } })
  const pool = await connectTo(server.dataDir)
  try {
    await seedTasks(pool, { repository: await seedRepository(pool), count: TASKS })
    const open = []
    for (let n = 0; n < WARM_UP + CHANGES; n++) {
      const branch = `optio/task-${n}`
      await there.commit({ branch, files: { [`file-${n}.txt`]: 'new' }, by: 'optio-bot' })
      const { number } = await there.openPullRequest({ title: `Change ${n}`, head: branch, by: 'optio-bot' })
      const runId = randomUUID()
      await pool.query(
        `insert into runs (id, workspace_id, kind, state, title, prompt, repository_id, repo_url, branch, agent_type, created_by, pr_number,
           attention_code, waiting_on)
         values ($1, $2, 'repo', 'needs_attention', 'A task', 'Do it.', $3, $4, $5, 'command', 'bench', $6, 'no_progress', 'person')`,
        [runId, repo.workspaceId, repo.id, repo.repoUrl, branch, number],
      )
      open.push({ runId, number, there })
    }
    await until(async () => {
      const { rows } = await pool.query(
        `select count(*)::int as n from runs where observation ->> 'state' = 'open' and created_by = 'bench'`,
      )
      return rows[0].n === open.length
    })
    await pool.query(`update pull_request_watches set due_at = now() + interval '1 day'`)
    return open
  } finally {
    await pool.end()
  }
}

/** @param {() => Promise<boolean>} condition */
async function until(condition) {
  const end = performance.now() + 120_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('the pull requests are not observed')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** @param {string} url */
async function listen(url) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/events`)
  /** @type {Map<string, () => void>} */
  const waiting = new Map()
  socket.addEventListener('message', ({ data }) => {
    const { taskId, toState } = JSON.parse(String(data))
    if (toState === 'failed') waiting.get(taskId)?.()
  })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return {
    close: () => socket.close(),
    /** @param {string} runId @returns {Promise<void>} */
    next: (runId) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('no event within 30 s')), 30_000)
        waiting.set(runId, () => {
          clearTimeout(late)
          resolve()
        })
      }),
  }
}
