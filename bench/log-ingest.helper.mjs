// The other processes of log-ingest.bench.mjs: `agent` writes, `readers` read. Both are told what to do by their arguments.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

const [role, work = '{}'] = process.argv.slice(2)
if (role === 'agent') await agent(JSON.parse(work))
else readers(JSON.parse(work))

/** @param {{ files: string[], each: number, perSecond: number }} work */
async function agent({ files, each, perSecond }) {
  const words = 'lorem ipsum dolor sit amet '.repeat(6)
  const started = performance.now()
  let written = 0
  while (written < each) {
    await sleep(5)
    const due = Math.min(each, Math.floor(((performance.now() - started) / 1_000) * perSecond))
    if (due === written) continue
    for (const file of files) {
      let lines = ''
      for (let n = written; n < due; n++) lines += `${now()} ${words}\n`
      appendFileSync(file, lines)
    }
    written = due
  }
}

/** @param {{ urls: string[], each: number }} work */
function readers({ urls, each }) {
  /** @type {number[]} */
  const delays = []
  let open = 0
  let done = 0
  let began = 0
  const finish = (/** @type {string | null} */ error) => {
    // Taken before the delays are sorted: millions of them take as long as a second of deliveries.
    const took = now() - began
    delays.sort((a, b) => a - b)
    const at = (/** @type {number} */ share) => Math.round(delays[Math.floor(delays.length * share)] ?? 0)
    const perSecond = Math.round((delays.length / took) * 1_000)
    process.send?.({ p50: at(0.5), p99: at(0.99), delivered: delays.length, perSecond, error })
    process.exit()
  }
  for (const url of urls) {
    const socket = new WebSocket(url)
    let seq = 0
    socket.on('open', () => {
      open += 1
      if (open === urls.length) process.send?.('open')
    })
    socket.on('message', (/** @type {Buffer} */ data) => {
      const frame = JSON.parse(data.toString())
      if (frame.type !== 'task:logs') return
      const arrived = now()
      began ||= arrived
      for (const entry of frame.entries) {
        seq += 1
        if (entry.seq !== seq) finish(`entry ${entry.seq} came in place of ${seq}`)
        delays.push(arrived - Number.parseFloat(entry.content))
      }
      if (seq === each) {
        done += 1
        if (done === urls.length) finish(null)
      }
    })
  }
}

/** Milliseconds on the clock all processes share, with fractions. */
function now() {
  return performance.timeOrigin + performance.now()
}
