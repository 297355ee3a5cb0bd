// A process that sends requests over several kept-alive connections for a while and reports how it went; `load` in put-under-load.mjs
// starts it and tells it what to do. The requests are written beforehand and of the answers only the head is looked at: what this process
// computes is taken from the server that it measures.
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { percentile, rounded } from './figures.mjs'

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const END_OF_CHUNKS = Buffer.from('\r\n0\r\n\r\n')

process.once('message', async (/** @type {import('./put-under-load.mjs').Load} */ load) => {
  process.send?.(await measure(load).catch((error) => ({ error: String(error) })))
  process.exit()
})

/** @param {import('./put-under-load.mjs').Load} load */
async function measure({ urls, connections, warmUpMs, ms, inTurn = false, post = null, fresh }) {
  const requests = urls.map((url) => requestOf(new URL(url), post))
  /** @type {number[]} */
  const times = []
  const begin = performance.now() + warmUpMs
  const end = begin + ms
  let next = 0
  const ask = async (/** @type {unknown} */ _, /** @type {number} */ index) => {
    const connection = openConnection(new URL(urls[0] ?? ''))
    try {
      for (let now = performance.now(); now < end; ) {
        const place = (inTurn ? next++ : index) % requests.length
        const sent = now
        const request = requests[place] ?? END_OF_HEAD
        const status = await connection.exchange(fresh === undefined ? request : withFresh(request, fresh))
        if (status < 200 || status > 299) throw new Error(`${urls[place]} answered ${status}`)
        now = performance.now()
        if (sent >= begin) times.push(now - sent)
      }
    } finally {
      connection.close()
    }
  }
  await Promise.all(Array.from({ length: connections }, ask))
  const seconds = (performance.now() - begin) / 1000
  return {
    perSecond: Math.round(times.length / seconds),
    p50: rounded(percentile(times, 0.5), 1),
    p99: rounded(percentile(times, 0.99), 1),
    requests: times.length,
  }
}

/**
 * @param {URL} url
 * @param {import('./put-under-load.mjs').Load['post']} post
 */
function requestOf({ host, pathname, search }, post) {
  const body = Buffer.from(post?.body ?? '')
  const headers = { host, ...post?.headers, ...(post ? { 'content-length': body.length } : {}) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${post ? 'POST' : 'GET'} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/**
 * With another UUID in the header of that name.
 * @param {Buffer} request
 * @param {string} name
 */
function withFresh(request, name) {
  const at = request.indexOf(`${name}: `) + name.length + 2
  const id = randomUUID()
  return Buffer.concat([request.subarray(0, at), Buffer.from(id), request.subarray(at + id.length)])
}

/**
 * One request at a time; each answer is read to its end.
 * @param {URL} url
 */
function openConnection({ hostname, port }) {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let status = 0
  /** Bytes of the body that are still to come; null while the head is not complete, infinite while it comes in chunks. */
  let rest = /** @type {number | null} */ (null)
  /** What came of the head, or the end of what came in chunks. */
  let kept = Buffer.alloc(0)
  let settle = /** @type {{ resolve(status: number): void, reject(error: unknown): void } | null} */ (null)
  socket.on('data', (data) => {
    let body = data
    if (rest === null) {
      kept = kept.length === 0 ? data : Buffer.concat([kept, data])
      const at = kept.indexOf(END_OF_HEAD)
      if (at === -1) return
      const head = kept.toString('latin1', 0, at)
      status = Number(head.slice(9, 12))
      const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
      rest = length === undefined && status !== 204 ? Number.POSITIVE_INFINITY : Number(length ?? 0)
      body = kept.subarray(at + 2 + (rest === Number.POSITIVE_INFINITY ? 0 : 2))
      kept = Buffer.alloc(0)
    }
    if (rest === Number.POSITIVE_INFINITY) {
      kept = Buffer.concat([kept, body]).subarray(-END_OF_CHUNKS.length)
      if (!kept.equals(END_OF_CHUNKS)) return
    } else {
      rest -= body.length
      if (rest > 0) return
    }
    rest = null
    kept = Buffer.alloc(0)
    settle?.resolve(status)
  })
  socket.on('error', (error) => settle?.reject(error))
  socket.on('close', () => settle?.reject(new Error('the server closed a connection')))
  return {
    /**
     * @param {Buffer} request
     * @returns {Promise<number>} the status
     */
    exchange(request) {
      return new Promise((resolve, reject) => {
        settle = { resolve, reject }
        socket.write(request)
      })
    },
    close: () => socket.destroy(),
  }
}
