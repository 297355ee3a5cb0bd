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
    process.stdout.write(`Optio is ready at ${(await starting).url}\n`)
    await ended
  } catch (error) {
    explainFailedStart(error)
  }
}
