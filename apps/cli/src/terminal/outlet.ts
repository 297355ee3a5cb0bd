import { once } from 'node:events'
import type { Outlet } from '../cli.ts'

/** Wraps one of the process's own streams. A reader that went away (`| head`) ends the program quietly. */
export function outletOn(
  stream: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
): Outlet {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      if (stream.isTTY !== true) return null
      const named = Number(env.COLUMNS)
      return Number.isInteger(named) && named > 0 ? named : (stream.columns ?? 80)
    },
    async write(text) {
      if (!stream.write(text)) await once(stream, 'drain')
    },
  }
}
