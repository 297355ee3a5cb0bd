import { createHmac } from 'node:crypto'
import { percentile, rounded } from './support/figures.mjs'
import { putUnderLoad } from './support/put-under-load.mjs'
import { connectTo, makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const WARM_UP = 50
const ONE_BY_ONE = 500
const CONNECTIONS = 16
const SECONDS = 10
const SECRET = 'correct-horse-battery'

/**
 * Method. A server on its embedded Postgres, paused, so that no agent takes the processor; a standalone task with a schema of its parameters
 * and a template; a webhook with a secret and a mapping of two parameters. The payload has some 2 KiB and is signed.
 *
 * - until the run is queued: requests one after the other over one kept-alive connection, each from sending until it is answered. The run
 *   and its place in the queue are in the database then, which is looked at afterwards.
 * - over 16 connections: a process of its own sends the same over 16 kept-alive connections, each with one request at a time, for 10 s after
 *   2 s of warming up. On a machine with few processors it takes its share of them.
 */
export default async function measureWebhookTrigger() {
  const dataDir = await makeDataDirectory()
  const server = await startServer(dataDir)
  try {
    await server.client.system.pause({ body: {} })
    const url = await makeWebhook(server)
    const times = []
    for (let n = 0; n < WARM_UP + ONE_BY_ONE; n++) {
      const sent = performance.now()
      const response = await fetch(url, { method: 'POST', ...POST })
      const { state } = await response.json()
      if (state !== 'started') throw new Error(`a webhook was answered ${response.status} ${state}`)
      if (n >= WARM_UP) times.push(performance.now() - sent)
    }
    const { perSecond, p50, p99, requests } = await putUnderLoad({
      urls: [url],
      connections: CONNECTIONS,
      warmUpMs: 2_000,
      ms: SECONDS * 1_000,
      post: POST,
    })
    await requireQueued(dataDir, WARM_UP + ONE_BY_ONE + requests)
    const name = 'webhook to run queued'
    return [
      { name: `${name}, p50`, value: rounded(percentile(times, 0.5), 1), unit: 'ms', n: ONE_BY_ONE },
      { name: `${name}, p99`, value: rounded(percentile(times, 0.99), 1), unit: 'ms', n: ONE_BY_ONE },
      { name: `webhooks over ${CONNECTIONS} connections`, value: perSecond, unit: 'requests/s', n: requests },
      { name: `webhooks over ${CONNECTIONS} connections: p50`, value: p50, unit: 'ms', n: requests },
      { name: `webhooks over ${CONNECTIONS} connections: p99`, value: p99, unit: 'ms', n: requests },
    ]
  } finally {
    await server.stop()
    await removeDataDirectory(dataDir)
  }
}

const BODY = JSON.stringify({
  issue: { title: 'The parser loses the last line', number: 4711, labels: [{ name: 'bug' }] },
  rest: 'What the sender says besides. '.repeat(65),
})
const POST = {
  headers: {
    'content-type': 'application/json',
    'x-optio-signature': `sha256=${createHmac('sha256', SECRET).update(BODY).digest('hex')}`,
  },
  body: BODY,
}

/** @param {import('./support/server.mjs').BenchServer} server */
async function makeWebhook({ client }) {
  const { task } = await client.tasks.create({
    body: {
      type: 'standalone',
      name: 'Look at an issue',
      prompt: 'Look at issue {{ number }}: {{ title }}',
      agentType: 'command',
      agentCommand: ['true'],
      paramsSchema: {
        type: 'object',
        properties: { title: { type: 'string' }, number: { type: 'integer' } },
        required: ['title'],
      },
    },
  })
  const { trigger } = await client.triggers.create({
    params: { id: task.id },
    body: {
      type: 'webhook',
      config: { path: 'bench', secret: SECRET },
      paramMapping: { title: 'issue.title', number: 'issue.number' },
    },
  })
  return trigger.hookUrl ?? ''
}

/**
 * @param {string} dataDir
 * @param {number} atLeast
 */
async function requireQueued(dataDir, atLeast) {
  const db = await connectTo(dataDir)
  const { rows } = await db.query(
    `select count(*)::int as n from trigger_firings f join runs r on r.id = f.run_id
     where f.state = 'started' and r.state = 'queued'`,
  )
  await db.end()
  if (rows[0].n < atLeast) throw new Error(`${rows[0].n} runs are queued of at least ${atLeast}`)
}
