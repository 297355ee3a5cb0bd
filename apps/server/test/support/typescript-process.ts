import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface TypeScriptProcess {
  readonly child: ChildProcess
  readonly pid: number
  /** The next line it prints, parsed as JSON; throws with what it said when it ends before. */
  next<T>(): Promise<T>
  /** Kills it at once and waits until it is gone. */
  kill(): Promise<void>
}

/**
 * Runs a file of `test/fixtures` in a Node of its own, from the sources, to be killed by a test.
 *
 * @param prefix a program that starts it (`setpriv …`), with its arguments.
 */
export function runTypeScript(
  fixture: string,
  args: readonly string[],
  prefix: readonly string[] = [],
): TypeScriptProcess {
  const file = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url))
  const [command, ...rest] = [
    ...prefix,
    process.execPath,
    ...['--conditions=optio-source', '--import', 'tsx', file, ...args],
  ]
  const child = spawn(command ?? process.execPath, rest, {
    env: { ...process.env, NODE_OPTIONS: '', TSX_DISABLE_CACHE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    pid: child.pid ?? 0,
    async next<T>() {
      const line = await lines.next()
      if (line.done) throw new Error(`${fixture} ended: ${errors}`)
      return JSON.parse(line.value) as T
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
