import { OptioError } from '@optio/contract'
import type { Config } from './config.ts'
import { readServerFile } from './server-file.ts'

const LONGEST_MS = 120_000
const LOOK_MS = 50

/** Tells the Optio of this data directory to stop, and waits until it has. */
export async function stopOptio(config: Config, options: { agents: boolean }): Promise<void> {
  const server = await readServerFile(config.dataDir)
  if (!server || !(await answers(server.url))) {
    throw new OptioError('CONFIG', `No Optio is running with the data directory ${config.dataDir}.`)
  }
  process.kill(server.pid, options.agents ? 'SIGUSR2' : 'SIGTERM')
  const until = Date.now() + LONGEST_MS
  while (await answers(server.url)) {
    if (Date.now() > until) throw new OptioError('UNAVAILABLE', 'It has not stopped yet; look at its log.')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  process.stderr.write(
    options.agents ? 'Optio and its agents have stopped.\n' : 'Optio has stopped; agents go on.\n',
  )
}

/** The file alone proves nothing: its process may be long gone and the number another's. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/health/live`, { signal: AbortSignal.timeout(2_000) })
    return response.ok
  } catch {
    return false
  }
}
