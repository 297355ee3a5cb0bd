import { randomBytes } from 'node:crypto'
import { RedactedStream } from '../apps/server/dist/redaction/redacted-stream.js'
import { Redactor } from '../apps/server/dist/redaction/redactor.js'
import { percentile, rounded } from './support/figures.mjs'

const SECRETS = 100
const LINES = 20_000
const ROUNDS = 25

/**
 * Method. One redactor that knows 100 secrets of the usual lengths (keys and tokens of 40 to 100 characters), so some 450 forms of them,
 * and the tokens that are recognised by how they begin. What goes through it, in one thread: 4.4 MB of lines of about 200 characters as
 * agents print them (JSON, stack traces, prose), one in 500 with a secret; the same as one text; 4 MB of random base64, in which
 * beginnings of secrets are most frequent; the lines as a stream, in pieces of 64 KiB. Megabytes of UTF-8 a second of this process's
 * processor time, so that other work of the machine is not measured; median of 25 rounds.
 */
export default async function measureRedaction() {
  const secrets = Array.from({ length: SECRETS }, (_, i) => secretOf(i))
  const redactor = new Redactor()
  redactor.learn(secrets)
  const began = performance.now()
  redactor.redact('')
  const learnt = performance.now() - began
  const lines = Array.from({ length: LINES }, (_, i) => lineOf(i, secrets))
  const text = flat(lines.join('\n'))
  const base64 = Array.from({ length: LINES }, () => randomBytes(150).toString('base64'))
  const pieces = Array.from({ length: Math.ceil(text.length / 65_536) }, (_, i) =>
    flat(text.slice(i * 65_536, (i + 1) * 65_536)),
  )
  const each = (/** @type {readonly string[]} */ all) => () => {
    for (const one of all) redactor.redact(one)
  }
  const streamed = () => {
    const stream = new RedactedStream(redactor)
    for (const piece of pieces) stream.write(piece)
    stream.end()
  }
  const aim = { atLeast: 100 }
  return [
    figure('lines of agents', lines, each(lines), aim),
    figure('the same as one text', [text], each([text]), aim),
    figure('random base64', base64, each(base64), aim),
    figure('a stream, in pieces of 64 KiB', pieces, streamed, aim),
    { name: `learning ${SECRETS} secrets`, value: rounded(learnt, 1), unit: 'ms', n: 1 },
  ]
}

/**
 * @param {string} name
 * @param {readonly string[]} texts
 * @param {() => void} work
 * @param {{ atLeast: number }} aim
 */
function figure(name, texts, work, aim) {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const times = Array.from({ length: ROUNDS }, () => {
    const began = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1e3
  })
  const value = rounded(bytes / 1e6 / (percentile(times, 0.5) / 1e3))
  return { name: `redaction with ${SECRETS} secrets: ${name}`, value, unit: 'MB/s', n: ROUNDS, aim }
}

/** @param {number} i */
function secretOf(i) {
  if (i % 3 === 0) return `ghp_${randomBytes(20).toString('hex')}`
  if (i % 3 === 1) return `sk-ant-api03-${randomBytes(60).toString('base64url')}`
  return randomBytes(30).toString('base64')
}

const WORDS =
  'the quick brown {"type":"assistant","message":{"content":[{"type":"text","text":"Reading src/index.ts and running the tests again"}]}} error: at Object.<anonymous> (node_modules/vitest/dist/chunk-abcdef12345.js:1:1)'.split(
    ' ',
  )

/**
 * @param {number} i
 * @param {readonly string[]} secrets
 */
function lineOf(i, secrets) {
  let line = ''
  for (let n = i; line.length < 200; n++) line += `${WORDS[(n * 7) % WORDS.length]} `
  return flat(i % 500 === 0 ? `${line}${secrets[(i / 500) % secrets.length]}` : line)
}

/**
 * As text that was read from a file: in one piece.
 * @param {string} text
 */
function flat(text) {
  return Buffer.from(text).toString()
}
