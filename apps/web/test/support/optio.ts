import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from '@optio/contract'

const BIN = fileURLToPath(new URL('../../../server/dist/bin.js', import.meta.url))

/** A real server with a data directory of its own. */
export interface TestOptio {
  readonly url: string
  readonly client: Client
  /** Below it the test may make repositories; removed at the end. */
  readonly directory: string
  readonly dataDir: string
  readonly pid: number
  /** Ends the server and leaves agents running. `again` brings it back. */
  halt(): Promise<void>
  /** Starts it at the same address with the same data. */
  again(): Promise<void>
  /** Ends it with its agents, and removes what it made. */
  stop(): Promise<void>
}

/** Starts the compiled server, which serves the bundled pages; `npm test` builds both. `env` adds settings. */
export async function startTestOptio(env: Readonly<Record<string, string>> = {}): Promise<TestOptio> {
  if (!existsSync(BIN)) throw new Error('The server is not built: run these tests with "npm test".')
  const directory = await mkdtemp(join(tmpdir(), 'optio-web-'))
  const dataDir = join(directory, 'data')
  const settings = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    OPTIO_DATA_DIR: dataDir,
    OPTIO_PORT: '0',
    OPTIO_STOP_GRACE_MS: '500',
    ...env,
  }
  let server = await spawnServer(settings)
  const { url } = server
  return {
    url,
    client: createClient({ baseUrl: url }),
    directory,
    dataDir,
    get pid() {
      return server.pid
    },
    halt: () => server.end('SIGTERM'),
    async again() {
      server = await spawnServer({ ...settings, OPTIO_PORT: new URL(url).port })
    },
    async stop() {
      await server.end('SIGUSR2')
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface Server {
  readonly url: string
  readonly pid: number
  end(signal: NodeJS.Signals): Promise<void>
}

async function spawnServer(env: Readonly<Record<string, string>>): Promise<Server> {
  const child = spawn(process.execPath, [BIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
        const found = /Optio is ready at (\S+)/.exec(output)?.[1]
        if (found) resolve(found)
      })
    }
    void closed.then(() => reject(new Error(`The server ended before it was ready: ${output}`)))
  })
  return {
    url,
    pid: child.pid ?? 0,
    async end(signal) {
      child.kill(signal)
      await closed
    },
  }
}
