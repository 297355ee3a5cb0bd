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
  stop(): Promise<void>
}

/** Starts the compiled server, which serves the bundled pages; `npm test` builds both. `env` adds settings. */
export async function startTestOptio(env: Readonly<Record<string, string>> = {}): Promise<TestOptio> {
  if (!existsSync(BIN)) throw new Error('The server is not built: run these tests with "npm test".')
  const directory = await mkdtemp(join(tmpdir(), 'optio-web-'))
  const dataDir = join(directory, 'data')
  const child = spawn(process.execPath, [BIN], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: directory,
      OPTIO_DATA_DIR: dataDir,
      OPTIO_PORT: '0',
      OPTIO_STOP_GRACE_MS: '500',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
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
    client: createClient({ baseUrl: url }),
    directory,
    dataDir,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGTERM')
      await closed
      await rm(directory, { recursive: true, force: true })
    },
  }
}
