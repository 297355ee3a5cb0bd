import { percentile, rounded } from './support/figures.mjs'
import { makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const ROUNDS = 11

/**
 * Method. The compiled server from the spawn of its process to the line that says it is ready (it listens, the database is up to date, the
 * engine runs), on a data directory that it has used before: Postgres was stopped with it and starts again. The first start, which makes
 * the cluster and the tables, is a figure of its own. Files are in the system's cache.
 */
export default async function measureStart() {
  const dataDir = await makeDataDirectory()
  try {
    const once = async () => {
      const server = await startServer(dataDir)
      await server.stop()
      return server.startMs
    }
    const first = await once()
    const times = []
    for (let n = 0; n < ROUNDS; n++) times.push(await once())
    return [
      { name: 'start to ready, empty data directory', value: rounded(first), unit: 'ms', n: 1 },
      {
        name: 'start to ready, warm, median',
        value: rounded(percentile(times, 0.5)),
        unit: 'ms',
        n: ROUNDS,
        aim: { atMost: 1500 },
      },
      { name: 'start to ready, warm, slowest', value: rounded(Math.max(...times)), unit: 'ms', n: ROUNDS },
    ]
  } finally {
    await removeDataDirectory(dataDir)
  }
}
