import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from '@optio/contract'

export const CHECKOUT = fileURLToPath(new URL('../../../../../', import.meta.url)).replace(/\/$/, '')
const BIN = fileURLToPath(new URL('../../../dist/bin.js', import.meta.url))

/** The compiled server as a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess
  readonly pid: number
  readonly url: string
  readonly client: Client
  /** Everything it wrote to stderr so far. */
  readonly errors: () => string
  /** Milliseconds from the spawn to the line that says it is ready. */
  readonly startMs: number
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
  /** Sends a signal and waits for the end; answers the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** How a program ended that was not meant to stay. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly errors: string
}

/** Spawns the compiled server; the answer's `ready` rejects with its words when it ends before it is ready. */
export function spawnServer(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): { child: ChildProcess; ready: Promise<ServerProcess>; ended: Promise<Ended> } {
  if (!existsSync(BIN))
    throw new Error(`${BIN} is missing: these tests run the compiled server (npm test builds it)`)
  const started = performance.now()
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
    if (process.env.OPTIO_TEST_SHOW) process.stderr.write(chunk)
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, errors }))
  const ready = new Promise<ServerProcess>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk
      const url = /Optio is ready at (\S+)/.exec(out)?.[1]
      if (url) resolve(running(child, url, ended, () => errors, performance.now() - started))
    })
    void ended.then(({ code }) =>
      reject(new Error(`The server ended (${code}) before it was ready: ${errors}`)),
    )
  })
  ready.catch(() => undefined)
  return { child, ready, ended }
}

function running(
  child: ChildProcess,
  url: string,
  ended: Promise<Ended>,
  errors: () => string,
  startMs: number,
): ServerProcess {
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return (await ended).code
  }
  return {
    child,
    pid: child.pid ?? 0,
    url,
    client: createClient({ baseUrl: url }),
    errors,
    startMs,
    end,
    async kill() {
      await end('SIGKILL')
    },
  }
}
