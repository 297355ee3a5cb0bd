import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { ROOT } from '../setup/paths.mjs'

/** A process of a test, with all it has printed so far. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  stdout: string
  stderr: string
  /** Resolves to the exit code, or to the name of the signal that ended it. */
  readonly ended: Promise<number | string>
}

/** A small checkout of its own in a directory whose name has a space, with our real scripts in it. */
export interface Checkout {
  readonly root: string
  write(files: Readonly<Record<string, string>>): void
  /** Starts `node scripts/run.mjs …` there. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Running
  /** The same, to its end. */
  run(
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): Promise<{ code: number | string; stdout: string; stderr: string }>
  remove(): void
}

const NOTHING_LOCKED = {
  name: 'sample',
  lockfileVersion: 3,
  requires: true,
  packages: { '': { name: 'sample' } },
}

/**
 * Makes a checkout that has the scripts, the given files and (as links, so that nothing done to the checkout can harm
 * them) the named packages of the real node_modules, which count as installed.
 */
export function makeCheckout(
  files: Readonly<Record<string, string>>,
  { packages = ['typescript', 'vitest'], installed = true } = {},
): Checkout {
  const root = path.join(mkdtempSync(path.join(tmpdir(), 'optio-house-')), 'a checkout')
  mkdirSync(path.join(root, 'node_modules'), { recursive: true })
  for (const part of ['run.mjs', 'setup', 'commands', 'arrows']) {
    cpSync(path.join(ROOT, 'scripts', part), path.join(root, 'scripts', part), { recursive: true })
  }
  const checkout: Checkout = {
    root,
    write(more) {
      for (const [name, text] of Object.entries(more)) {
        mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
        writeFileSync(path.join(root, name), text)
      }
    },
    start: (args, env = {}) =>
      startProcess([path.join(root, 'scripts', 'run.mjs'), ...args], { cwd: root, env }),
    async run(args, env) {
      const running = checkout.start(args, env)
      const code = await running.ended
      return { code, stdout: running.stdout, stderr: running.stderr }
    },
    remove: () => rmSync(path.dirname(root), { recursive: true, force: true, maxRetries: 3 }),
  }
  checkout.write({
    'package.json': JSON.stringify({
      name: 'sample',
      private: true,
      type: 'module',
      workspaces: ['packages/*', 'apps/*'],
    }),
    'package-lock.json': JSON.stringify(NOTHING_LOCKED),
    'tsconfig.json': JSON.stringify({ compilerOptions: { noEmit: true, types: [] }, files: ['nothing.ts'] }),
    'nothing.ts': 'export {}\n',
    ...files,
  })
  if (installed) {
    checkout.write({ 'node_modules/.package-lock.json': JSON.stringify({ ...NOTHING_LOCKED, packages: {} }) })
    for (const name of packages)
      symlinkSync(path.join(ROOT, 'node_modules', name), path.join(root, 'node_modules', name))
  }
  return checkout
}

/** Starts Node on a script, with its output collected. */
export function startProcess(
  argv: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: NodeJS.ProcessEnv },
): Running {
  // Nothing of the outer test run (npm's and vitest's variables) may steer the inner one.
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_|CI$)/i.test(name)),
  )
  const child = spawn(process.execPath, [...argv], {
    cwd,
    env: { ...clean, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  const running: Running = { child, stdout: '', stderr: '', ended }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    running.stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    running.stderr += chunk
  })
  return running
}

/** Polls until the condition holds; fails after the deadline, with what the message function says. */
export async function until(
  condition: () => boolean,
  message: () => string,
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${message()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
