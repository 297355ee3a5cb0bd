import { rm } from 'node:fs/promises'
import { percentile, rounded } from './support/figures.mjs'
import { makeRepository } from './support/repository.mjs'
import {
  makeDataDirectory,
  removeDataDirectory,
  startServer,
  stopWithAgents,
  until,
} from './support/server.mjs'

const WARM_UP = 5
const TASKS = 100

/**
 * Method. A server on its embedded Postgres with nothing else to do; a local repository of 50 files. One task after the other, each once
 * the one before has ended: from the moment its `POST /api/tasks` is sent until the agent's supervisor has started it, as the attempt
 * records it (the same clock). In between: the task is stored, claimed, the mirror brought up to the upstream's tip, cloned, and the
 * isolation set up. The agent is `true`, and the task ends in `needs_attention` because it changed nothing.
 */
export default async function measureStartLatency() {
  const dataDir = await makeDataDirectory()
  const repository = makeRepository()
  const server = await startServer(dataDir)
  try {
    await server.client.repos.connect({ body: { repoUrl: repository, agentCommand: ['true'] } })
    /** @type {number[]} */
    const times = []
    for (let n = 0; n < WARM_UP + TASKS; n++) {
      const sent = Date.now()
      const { task } = await server.client.tasks.create({
        body: { title: `Task ${n}`, prompt: 'Do nothing.', repoUrl: repository },
      })
      const params = { id: task.id }
      await until('the task ends', async () => {
        const { task } = await server.client.tasks.get({ params })
        return 'state' in task && task.state === 'needs_attention'
      })
      const { attempts } = await server.client.tasks.attempts({ params })
      if (n >= WARM_UP) times.push(new Date(attempts[0]?.startedAt ?? Number.NaN).getTime() - sent)
    }
    const name = 'task created to agent started'
    return [
      {
        name: `${name}, p50`,
        value: rounded(percentile(times, 0.5)),
        unit: 'ms',
        n: TASKS,
        aim: { atMost: 150 },
      },
      { name: `${name}, p99`, value: rounded(percentile(times, 0.99)), unit: 'ms', n: TASKS },
    ]
  } finally {
    await stopWithAgents(server)
    await removeDataDirectory(dataDir)
    await rm(repository, { recursive: true, force: true })
  }
}
