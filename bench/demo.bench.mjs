import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const ROUNDS = 5
const RUN = fileURLToPath(new URL('../scripts/run.mjs', import.meta.url))

/**
 * `npm run demo -- --exit` in a checkout that is set up, each time with an empty data directory: from the start of the process to its
 * end, and from the task's creation to the merge as the demo reports it. Medians.
 */
export default async function measureDemo() {
  const whole = []
  const story = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = await playOnce()
    whole.push(result.wholeSeconds)
    story.push(result.storySeconds)
  }
  return [
    { name: 'demo, from the command to its end', value: round(median(whole)), unit: 's', n: ROUNDS },
    {
      name: 'demo, from task to merge (two attempts, two checks)',
      value: round(median(story)),
      unit: 's',
      n: ROUNDS,
    },
  ]
}

async function playOnce() {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'optio-bench-demo-'))
  try {
    const started = performance.now()
    const child = spawn(process.execPath, [RUN, 'demo', '--exit', '--json'], {
      env: { ...process.env, OPTIO_DATA_DIR: dataDir, OPTIO_PORT: '0', DATABASE_URL: '' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      out += chunk
    })
    const [code] = await once(child, 'close')
    const wholeSeconds = (performance.now() - started) / 1000
    const result = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')
    if (code !== 0 || !result.merged)
      throw new Error(`the demo ended with ${code} and merged: ${result.merged}`)
    return { wholeSeconds, storySeconds: result.seconds }
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** @param {number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const round = (/** @type {number} */ seconds) => Math.round(seconds * 10) / 10
