import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process, { env } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { emit, write } from './output.mjs'

/** @typedef {{ number: number, reason: string, prompt: string }} Attempt */

/** Author of its commits; nobody's address. */
const IDENTITY = ['-c', 'user.name=Scripted agent', '-c', 'user.email=scripted-agent@example.invalid']

/**
 * Everything a script can say, by name. The README of this package has one line on each.
 * @type {Record<string, (value: any, attempt: Attempt) => void | Promise<void>>}
 */
const STEPS = {
  say: (line) => write(`${line}\n`),
  partial: (text) => write(text),
  stderr: (line) => write(`${line}\n`, 2),
  entry: (message) => emit(message),
  tool({ name, input = {}, output = '' }) {
    const metadata = { name, id: randomUUID() }
    emit({ type: 'tool_use', content: `${name} ${JSON.stringify(input)}`, metadata: { ...metadata, input } })
    emit({ type: 'tool_result', content: output, metadata })
  },
  session: (id) =>
    emit({ type: 'session', sessionId: id === true ? (env.OPTIO_SESSION_ID ?? randomUUID()) : id }),
  usage: (usage) => emit({ type: 'usage', ...usage }),
  result: (summary) => emit({ type: 'result', summary }),
  prompt: (_, { prompt }) => emit({ type: 'info', content: prompt }),
  environment: () =>
    emit({
      type: 'info',
      content: Object.keys(env).sort().join(' '),
      metadata: Object.fromEntries(Object.entries(env)),
    }),

  write: ({ path: file, content }) => writeFileSync(madeWay(file), content),
  append: ({ path: file, content }) => appendFileSync(madeWay(file), content),
  delete: (file) => rmSync(file, { recursive: true, force: true }),
  commit(message) {
    git(['add', '--all'])
    git(['commit', '--quiet', '--no-verify', '--message', message])
  },
  git: (args) => git(args),
  exec: ([command, ...args]) => {
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  },

  sleep: (ms) => sleep(ms),
  waitFor: (given) => waitFor(typeof given === 'string' ? { path: given } : given),
  async repeat({ times, steps }, attempt) {
    for (let n = 1; n <= times; n++) {
      for (const step of steps)
        await perform(JSON.parse(JSON.stringify(step).replaceAll('{n}', String(n))), attempt)
    }
  },
  async flood({ lines, length = 80, perSecond }) {
    const started = performance.now()
    for (let n = 1; n <= lines; n++) {
      write(`${`${n} `.padEnd(length, 'x')}\n`)
      const ahead = perSecond === undefined ? 0 : (n / perSecond) * 1000 - (performance.now() - started)
      if (ahead > 1) await sleep(ahead)
    }
  },
  binary({ bytes, seed = 1 }) {
    let state = seed >>> 0
    const data = Buffer.alloc(bytes)
    for (let i = 0; i < bytes; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      data[i] = state >>> 24
    }
    write(data)
  },
  scatter: (options) => scatter(options),
  ignoreTerm() {
    for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']))
      process.on(signal, () => undefined)
  },
  async hang() {
    for (;;) await sleep(60_000)
  },
  exit: (code) => process.exit(code),
  async kill(signal) {
    process.kill(process.pid, signal)
    await sleep(10_000)
  },
}

// As types of one's own, with the words or { content, metadata }.
for (const type of ['text', 'thinking', 'tool_use', 'tool_result', 'system', 'error', 'info']) {
  STEPS[type] = (value) => emit({ type, ...(typeof value === 'string' ? { content: value } : value) })
}

export const STEP_NAMES = Object.keys(STEPS)

/**
 * @param {Record<string, unknown>} step
 * @param {Attempt} attempt
 */
export async function perform(step, attempt) {
  for (const [name, value] of Object.entries(step)) await STEPS[name]?.(value, attempt)
}

/**
 * Git in the clone, which is where the agent runs.
 * @param {string[]} args
 */
function git(args) {
  execFileSync('git', [...IDENTITY, '-c', 'commit.gpgsign=false', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

/** @param {string} file */
function madeWay(file) {
  mkdirSync(path.dirname(file), { recursive: true })
  return file
}

/** @param {{ path: string, timeoutMs?: number }} options */
async function waitFor({ path: file, timeoutMs = 60_000 }) {
  const end = performance.now() + timeoutMs
  while (!existsSync(file)) {
    if (performance.now() > end) throw new Error(`${file} did not appear within ${timeoutMs} ms`)
    await sleep(20)
  }
}

/**
 * Leaves children behind that nothing but a list of all processes leads to. Each ends by itself after `seconds`.
 * @param {{ count: number, seconds?: number, clearEnvironment?: boolean }} options
 */
async function scatter({ count, seconds = 60, clearEnvironment = false }) {
  const nap = ['sleep', String(seconds)]
  const styles = [
    ['setsid', ...nap],
    ['nohup', ...nap],
    ['sh', '-c', '(setsid "$@" &) & exit 0', 'sh', ...nap],
  ]
  for (let n = 0; n < count; n++) {
    const [command = 'sleep', ...args] = styles[n % styles.length] ?? nap
    const options = { detached: true, stdio: /** @type {const} */ ('ignore') }
    const child = spawn(command, args, clearEnvironment ? { ...options, env: { PATH: env.PATH } } : options)
    await new Promise((resolve, reject) =>
      child.once('spawn', () => resolve(undefined)).once('error', reject),
    )
    child.unref()
  }
  emit({ type: 'info', content: `scattered ${count} children` })
}
