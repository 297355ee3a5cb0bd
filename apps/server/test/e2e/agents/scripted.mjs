/**
 * An agent that does what its task says. The prompt contains a line `SCRIPT {"first": [step, …], "ci_failed": […], …}`: for each
 * reason of an attempt, or `any`, what to do; `reviewer` where it is given a commit to read and no branch. A step is an array: see
 * `STEPS`.
 *
 * It holds a lock of its run as long as it lives (an abstract socket, which the kernel takes back with the process) and
 * records in `~/violations` when another agent of the run holds it, and in `~/journal` when it begins and ends.
 */
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const { HOME = '.', OPTIO_RUN_ID, OPTIO_ATTEMPT, OPTIO_REASON = 'first', OPTIO_PROMPT_FILE } = process.env
const prompt = readFileSync(OPTIO_PROMPT_FILE, 'utf8')

function note(file, record) {
  appendFileSync(join(HOME, file), `${JSON.stringify(record)}\n`)
}

function emit(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

const STEPS = {
  say: (content, type = 'text') => emit({ type, content }),
  raw: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(`${text}\n`),
  /** `count` numbered lines with a pause between them. */
  async lines(count, pauseMs = 0) {
    for (let i = 1; i <= count; i++) {
      process.stdout.write(`#${OPTIO_ATTEMPT}.${i}\n`)
      if (pauseMs > 0) await pause(pauseMs)
    }
  },
  usage: (costUsd, inputTokens = 0, outputTokens = 0) =>
    emit({ type: 'usage', costUsd, inputTokens, outputTokens, model: 'scripted' }),
  session: (sessionId) => emit({ type: 'session', sessionId }),
  result: (summary) => emit({ type: 'result', summary }),
  write(path, content) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  },
  /** Commits everything there is, if there is anything: an attempt may find its work done. */
  commit(message) {
    execFileSync('git', ['add', '--all'])
    const staged = execFileSync('git', ['diff', '--cached', '--name-only'])
    if (staged.length > 0) execFileSync('git', ['commit', '--quiet', '--message', message])
  },
  /** Approves of a file that says this word, and asks for changes otherwise. */
  verdict(path, word) {
    const verdict = readFileSync(path, 'utf8').includes(word) ? 'approve' : 'request_changes'
    const answer = {
      verdict,
      summary: `${path}: ${verdict}`,
      comments: [{ path, line: 1, body: `Say ${word}.` }],
    }
    emit({ type: 'result', summary: `I have read it.\n\n\`\`\`json\n${JSON.stringify(answer)}\n\`\`\`` })
  },
  git: (...args) => execFileSync('git', args, { stdio: ['ignore', 'inherit', 'inherit'] }),
  sh: (script) => execFileSync('sh', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit'] }),
  /** Fails the attempt when the prompt does not say this. */
  told(text) {
    if (!prompt.includes(text)) throw new Error(`The prompt does not say: ${text}\n${prompt}`)
  },
  sleep: (ms) => pause(ms),
  async exit(code) {
    note('journal', { what: 'end', attempt: Number(OPTIO_ATTEMPT), at: Date.now() })
    process.exit(code)
  },
}

async function lock() {
  const server = createServer()
  await new Promise((resolve) => {
    server.once('error', (error) => {
      note('violations', { attempt: OPTIO_ATTEMPT, error: String(error) })
      resolve()
    })
    server.listen({ path: `\0optio-e2e-${OPTIO_RUN_ID}` }, resolve)
  })
  server.unref()
}

function readsACommit() {
  return existsSync('.git') && !readFileSync('.git/HEAD', 'utf8').startsWith('ref:')
}

await lock()
note('journal', { what: 'start', attempt: Number(OPTIO_ATTEMPT), reason: OPTIO_REASON, at: Date.now() })
const line = prompt.split('\n').find((each) => each.startsWith('SCRIPT '))
const script = JSON.parse((line ?? 'SCRIPT {"any":[]}').slice('SCRIPT '.length))
const steps = readsACommit() ? script.reviewer : script[OPTIO_REASON]
for (const [name, ...args] of steps ?? script.any ?? []) await STEPS[name](...args)
await STEPS.exit(0)
