import { createClient } from '@optio/contract'
import { readConfig } from './config.ts'
import { endOnSignals, explainFailedStart } from './process-lifecycle.ts'
import { startOptio } from './start-optio.ts'
import { stopOptio } from './stop-optio.ts'

/** `npm start`: runs Optio until it is told to stop. `npm start -- stop [--agents]`: tells the one of this data directory to. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const config = readConfig(process.env)
    if (argv[0] === 'stop') return await stopOptio(config, { agents: argv.includes('--agents') })
    const starting = startOptio(config, { say: (line) => process.stderr.write(`${line}\n`) })
    const ended = endOnSignals(starting)
    const { url } = await starting
    process.stdout.write(`Optio is ready at ${url}\n`)
    void pointToDoctor(url)
    await ended
  } catch (error) {
    explainFailedStart(error)
  }
}

/** One line when something on this machine does not work: the person who starts Optio is the one who can mend it. */
async function pointToDoctor(url: string): Promise<void> {
  // It may be stopping already, and the start has succeeded either way.
  const answer = await createClient({ baseUrl: url })
    .system.doctor()
    .catch(() => null)
  const problems = answer?.report.diagnoses.filter(({ status }) => status === 'problem') ?? []
  if (problems.length === 0) return
  const titles = problems.map(({ title }) => title).join(', ')
  process.stderr.write(`Not all is well with: ${titles}. What to do about it says: npx optio doctor\n`)
}
