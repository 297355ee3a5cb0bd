import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const BIN = fileURLToPath(new URL('../../bin/optio.mjs', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A process of the program, with what it has written so far. */
export interface Running {
  readonly child: ChildProcess
  readonly said: { out: string; err: string }
  readonly ended: Promise<Ended>
}

/** A directory with an installation of its own, in which the real program is run as people run it. */
export class Place {
  readonly root: string
  readonly dataDir: string
  readonly #running = new Set<Running>()
  #server: Running | null = null

  private constructor(root: string) {
    this.root = root
    this.dataDir = join(root, 'data')
  }

  static async make(): Promise<Place> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'optio-cli-')))
    // The embedded Postgres runs as another user when the tests run as root.
    await chmod(root, 0o755)
    await mkdir(join(root, 'home'))
    return new Place(root)
  }

  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: join(this.root, 'home'),
      LANG: 'C.UTF-8',
      OPTIO_DATA_DIR: this.dataDir,
      OPTIO_PORT: '0',
      OPTIO_STOP_GRACE_MS: '1000',
      OPTIO_RETRY_BASE_MS: '200',
      ...more,
    }
  }

  /** Starts `optio …`. */
  start(
    args: readonly string[],
    options: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
  ): Running {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: this.environment(options.env),
      cwd: options.cwd ?? this.root,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said.out += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said.err += chunk
    })
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }))
    const running = { child, said, ended }
    this.#running.add(running)
    void ended.then(() => this.#running.delete(running))
    return running
  }

  /** Runs `optio …` to its end. */
  async optio(
    args: readonly string[],
    options: { env?: Readonly<Record<string, string>>; cwd?: string; input?: string } = {},
  ): Promise<Ended> {
    const running = this.start(args, options)
    running.child.stdin?.end(options.input ?? '')
    return await running.ended
  }

  /** The same with `--json`; answers the document, and throws when the program failed. */
  async json<T>(args: readonly string[], options: { cwd?: string } = {}): Promise<T> {
    const { code, out, err } = await this.optio([...args, '--json'], options)
    if (code !== 0) throw new Error(`optio ${args.join(' ')} ended with ${code}: ${err}`)
    return JSON.parse(out) as T
  }

  /** `optio start`, until it says that it is ready; answers the address. */
  async startServer(env: Readonly<Record<string, string>> = {}): Promise<string> {
    const running = this.start(['start'], { env })
    this.#server = running
    const found = await until('Optio is ready', () => /Optio is ready at (\S+)/.exec(running.said.out)?.[1], {
      seen: () => running.said,
    })
    return found
  }

  async stopServer(): Promise<Ended | null> {
    this.#server?.child.kill('SIGTERM')
    const ended = (await this.#server?.ended) ?? null
    this.#server = null
    return ended
  }

  async close(): Promise<void> {
    this.#server?.child.kill('SIGUSR2')
    await this.#server?.ended
    for (const { child, ended } of this.#running) {
      child.kill('SIGKILL')
      await ended
    }
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 })
  }

  /** A repository with one commit on `main`. */
  async repository(
    name: string,
    files: Readonly<Record<string, string>> = { 'README.md': 'A sample\n' },
  ): Promise<string> {
    const path = join(this.root, name)
    await mkdir(path)
    for (const [file, content] of Object.entries(files)) await writeFile(join(path, file), content)
    const git = async (...args: string[]) =>
      await run('git', args, {
        cwd: path,
        env: { PATH: process.env.PATH, HOME: this.root, GIT_CONFIG_NOSYSTEM: '1' },
      })
    await git('init', '-q', '-b', 'main')
    await git('add', '-A')
    await git('-c', 'user.name=T', '-c', 'user.email=t@example.com', 'commit', '-q', '-m', 'first')
    return path
  }
}

/** Asks until the answer is something; throws after a while with what was last seen. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  { withinMs = 40_000, seen = () => '' as unknown } = {},
): Promise<T> {
  const end = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== null && answer !== undefined && answer !== false) return answer
    if (Date.now() > end)
      throw new Error(`Not within ${withinMs} ms: ${what}; last seen: ${JSON.stringify(seen())}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
