import { setTimeout as pause } from 'node:timers/promises'
import { startFakeGithub } from '../packages/testkit/dist/github/index.js'
import { scriptedAgentCommand } from '../packages/testkit/dist/index.js'
import { percentile, rounded } from './support/figures.mjs'
import {
  makeDataDirectory,
  removeDataDirectory,
  startServer,
  stopWithAgents,
  until,
} from './support/server.mjs'

const TASKS = 10
/** As it is by default, `OPTIO_PR_WATCH_INTERVAL`. */
const LOOKS_MS = 30_000
const SECRET = 'correct-horse-battery'
const WORK = [{ write: { path: 'answer.txt', content: 'right\n' } }, { commit: 'Answer' }]

/**
 * Method. A server as it is by default (pull requests are looked at every 30 s), in front of a GitHub on the same machine, and ten
 * tasks, one after the other in its own repository, whose pull request waits for one check. The checks are ended there at moments spread
 * evenly between two looks; from then until the pull request is merged there. Once with a webhook, once without. Optio leaves a second
 * between two writes, as GitHub asks for.
 */
export default async function measureGreenToMerged() {
  /** @type {import('../scripts/commands/bench.mjs').Figure[]} */
  const figures = []
  for (const withHook of [true, false]) {
    const times = await measure(withHook)
    const name = `checks green to merged, ${withHook ? 'with a webhook' : 'without a webhook'}`
    for (const [label, q] of /** @type {const} */ ([
      ['p50', 0.5],
      ['longest', 1],
    ])) {
      figures.push({
        name: `${name}: ${label}`,
        value: rounded(percentile(times, q) / 1000, 2),
        unit: 's',
        n: TASKS,
      })
    }
  }
  return figures
}

/** @param {boolean} withHook */
async function measure(withHook) {
  const dataDir = await makeDataDirectory()
  const github = await startFakeGithub()
  const server = await startServer(dataDir, {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_TOKEN: github.createToken({ login: 'optio-bot' }),
    GITHUB_WEBHOOK_SECRET: SECRET,
    OPTIO_MAX_CONCURRENT: String(TASKS),
  })
  try {
    const waiting = []
    for (let n = 0; n < TASKS; n++) waiting.push(await openedTask({ github, server, withHook }, n))
    const times = []
    for (const [n, { there, number }] of waiting.entries()) {
      // Spread evenly between two looks: the merge before this one came of a look.
      await pause(((n + 0.5) / TASKS) * (withHook ? 3_000 : LOOKS_MS))
      const { sha } = there.pullRequest(number).head
      const green = performance.now()
      there.finishCheck(sha, 'test', { conclusion: 'success' })
      await until('it is merged', async () => there.pullRequest(number).state === 'merged')
      times.push(performance.now() - green)
    }
    return times
  } finally {
    await stopWithAgents(server)
    await removeDataDirectory(dataDir)
    await github.close()
  }
}

/**
 * @param {{ github: import('../packages/testkit/dist/github/index.js').FakeGithub,
 *   server: import('./support/server.mjs').BenchServer, withHook: boolean }} place
 * @param {number} n
 */
async function openedTask({ github, server, withHook }, n) {
  const there = await github.createRepository({
    owner: 'acme',
    name: `shop-${n}`,
    permissions: { 'optio-bot': 'write' },
  })
  there.onPush(({ branch }) => (branch === 'main' ? [] : [{ name: 'test', after: 'manual' }]))
  if (withHook) there.addHook({ url: `${server.url}/api/webhooks/github`, secret: SECRET })
  const [program = '', ...rest] = scriptedAgentCommand()
  const { repo } = await server.client.repos.connect({
    body: { repoUrl: there.url, agentCommand: [program, ...rest], autoMerge: true },
  })
  const prompt = `Answer.\n\n\`\`\`optio-script\n${JSON.stringify(WORK)}\n\`\`\`\n`
  const { task } = await server.client.tasks.create({
    body: { repoUrl: repo.repoUrl, title: 'Answer', prompt, agentType: 'command' },
  })
  await until('the pull request waits for its check', async () => {
    const detail = await server.client.tasks.get({ params: { id: task.id } })
    return /test \(running\)/.test(detail.pendingReason ?? '')
  })
  const [request] = there.pullRequests()
  if (request === undefined) throw new Error('there is no pull request')
  return { there, number: request.number }
}
