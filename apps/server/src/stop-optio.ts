import { OptioError } from '@optio/contract'
import type { Config } from './config.ts'
import { livenessOf } from './platform/process-identity.ts'
import { readServerFile } from './server-file.ts'

const LONGEST_MS = 120_000
const LOOK_MS = 50

/** Tells the Optio of this data directory to stop, and waits until it has. */
export async function stopOptio(config: Config, options: { agents: boolean }): Promise<void> {
  const server = await readServerFile(config.dataDir)
  // What answers at the address may be another Optio, and the pid another program's by now: only that very process is told.
  const running = server?.process !== undefined && livenessOf(server.process) === 'alive'
  if (!server || !running || !(await answers(server.url))) {
    throw new OptioError('CONFIG', `No Optio is running with the data directory ${config.dataDir}.`)
  }
  process.kill(server.process.pid, options.agents ? 'SIGUSR2' : 'SIGTERM')
  const until = Date.now() + LONGEST_MS
  while (await answers(server.url)) {
    if (Date.now() > until) throw new OptioError('UNAVAILABLE', 'It has not stopped yet; look at its log.')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  process.stderr.write(
    options.agents ? 'Optio and its agents have stopped.\n' : 'Optio has stopped; agents go on.\n',
  )
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/health/live`, { signal: AbortSignal.timeout(2_000) })
    return response.ok
  } catch {
    return false
  }
}
