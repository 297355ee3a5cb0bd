// A process that asks for addresses over several connections for a while and reports how it went: load.mjs <JSON>.
import { Agent, request as open } from 'node:http'
import { percentile, rounded } from './figures.mjs'

// With `post` ({ headers, body }) it sends that to them instead.
const { urls, connections, warmUpMs, ms, post = null } = JSON.parse(process.argv[2] ?? '{}')
const agent = new Agent({ keepAlive: true, maxSockets: connections })
/** @type {number[]} */
const times = []
const started = performance.now()
const begin = started + warmUpMs
const end = begin + ms

/**
 * @param {string} url
 * @returns {Promise<number>} the status
 */
function request(url) {
  return new Promise((resolve, reject) => {
    const options = { agent, method: post === null ? 'GET' : 'POST', headers: post?.headers ?? {} }
    const sent = open(url, options, (response) => {
      response.on('data', () => {})
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(post?.body)
  })
}

/**
 * @param {unknown} _
 * @param {number} index
 */
async function ask(_, index) {
  const url = urls[index % urls.length]
  for (let now = performance.now(); now < end; ) {
    const sent = now
    const status = await request(url)
    if (status < 200 || status > 299) throw new Error(`${url} answered ${status}`)
    now = performance.now()
    if (sent >= begin) times.push(now - sent)
  }
}

try {
  await Promise.all(Array.from({ length: connections }, ask))
  const seconds = (performance.now() - begin) / 1000
  process.send?.({
    perSecond: Math.round(times.length / seconds),
    p50: rounded(percentile(times, 0.5), 1),
    p99: rounded(percentile(times, 0.99), 1),
    requests: times.length,
  })
} catch (error) {
  process.send?.({ error: String(error) })
}
process.exit()
