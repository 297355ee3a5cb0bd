import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@optio/contract'
import pg from 'pg'
import { readPostmasterFile } from '../../../src/database/embedded/postmaster.ts'
import { clusterOf, crash } from '../../support/embedded.ts'
import { killNow, processesAbout } from './processes.ts'
import { type Ended, type ServerProcess, spawnServer } from './server.ts'
import { until } from './until.ts'

/**
 * A data directory of its own with everything a test does in it. `close` stops what runs, and throws when anything of it is
 * left: a process that outlives its Optio is what these tests are about.
 */
export class Place {
  readonly root: string
  readonly dataDir: string
  readonly #env: Readonly<Record<string, string>>
  readonly #servers = new Set<ServerProcess>()
  readonly #databases: pg.Pool[] = []
  #current: ServerProcess | null = null

  private constructor(root: string, dataDir: string, env: Readonly<Record<string, string>>) {
    this.root = root
    this.dataDir = dataDir
    this.#env = env
  }

  /** @param env settings of every server that is started here, besides the data directory and a free port. */
  static async make(env: Readonly<Record<string, string>> = {}, dataDir?: string): Promise<Place> {
    const root = await mkdtemp(join(tmpdir(), 'optio-e2e-'))
    // The embedded Postgres runs as another user when the tests run as root.
    await chmod(root, 0o755)
    const data = dataDir ?? join(root, 'data')
    await mkdir(join(root, 'home'), { recursive: true })
    return new Place(root, data, env)
  }

  /** The environment a server gets: nothing of this process's but where programs are. */
  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
      HOME: join(this.root, 'home'),
      LANG: 'C.UTF-8',
      OPTIO_DATA_DIR: this.dataDir,
      OPTIO_PORT: '0',
      OPTIO_STOP_GRACE_MS: '1000',
      OPTIO_RETRY_BASE_MS: '200',
      ...this.#env,
      ...more,
    }
  }

  /** Starts a server and makes it the current one. */
  async start(more: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
    const server = await this.spawn(more).ready
    this.use(server)
    return server
  }

  spawn(more: Readonly<Record<string, string>> = {}, args: readonly string[] = []) {
    return spawnServer(this.environment(more), args)
  }

  use(server: ServerProcess): void {
    this.#servers.add(server)
    this.#current = server
  }

  /** Runs the compiled program until it ends by itself. */
  async run(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return await this.spawn(more, args).ended
  }

  get server(): ServerProcess {
    if (!this.#current) throw new Error('No server was started here yet')
    return this.#current
  }

  get client(): Client {
    return this.server.client
  }

  /** Connections to the embedded database, whoever runs it now. */
  async database(): Promise<pg.Pool> {
    const file = await readPostmasterFile(clusterOf(this.dataDir))
    if (!file) throw new Error('The embedded database does not run')
    const pool = new pg.Pool({
      host: file.socketDirectory,
      port: file.port,
      user: 'optio',
      database: 'optio',
      max: 4,
    })
    pool.on('error', () => undefined)
    this.#databases.push(pool)
    return pool
  }

  /** What an agent of a run left in its home directory. */
  home(runId: string): string {
    return join(this.dataDir, 'environments', runId, 'home')
  }

  clone(runId: string): string {
    return join(this.dataDir, 'environments', runId, 'clone')
  }

  /** Ends all servers and their agents. */
  async stop(): Promise<void> {
    await Promise.all(this.#databases.splice(0).map((pool) => pool.end().catch(() => undefined)))
    for (const server of this.#servers) {
      if (server.child.exitCode === null && server.child.signalCode === null) await server.end('SIGUSR2')
    }
  }

  /** Stops everything, removes everything, and throws when something was left running. */
  async close(): Promise<void> {
    await this.stop()
    const left = await this.#left()
    for (const { pid } of left) killNow(pid)
    const cluster = clusterOf(this.dataDir)
    if (await stat(cluster).catch(() => null)) await crash(cluster)
    await until('nothing runs in the place', () => processesAbout(this.root).length === 0, {
      withinMs: 10_000,
    })
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 })
    if (left.length > 0) {
      throw new Error(
        `Left running: ${left.map(({ pid, command }) => `${pid} ${command.slice(0, 200)}`).join('\n')}`,
      )
    }
  }

  /** Whatever runs although every server has ended; what is just ending is given a moment. */
  async #left() {
    let left = processesAbout(this.root)
    for (let look = 0; left.length > 0 && look < 40; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      left = processesAbout(this.root)
    }
    return left
  }
}
