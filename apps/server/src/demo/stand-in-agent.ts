/**
 * The demo's agent: a script, no AI. It plays one fixed part, so that the demo needs no account and always tells the same
 * story: its first attempt is wrong on purpose, and when it is sent back with the failing check it repairs it.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const FILE = 'src/slug.mjs'

const WRONG = `/** Turns a title into the last part of a web address. */
export function slug(title) {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}
`

const RIGHT = `/** Turns a title into the last part of a web address: letters lose their accents, all else becomes one dash. */
export function slug(title) {
  return title
    .normalize('NFD')
    .replace(/\\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}
`

function emit(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

function commit(subject: string): void {
  execFileSync('git', ['add', '--', FILE])
  execFileSync('git', ['commit', '--quiet', '-m', subject])
}

async function main(): Promise<void> {
  const sentBack = process.env.OPTIO_REASON === 'ci_failed'
  emit({ type: 'session', sessionId: process.env.OPTIO_SESSION_ID ?? `stand-in-${process.env.OPTIO_RUN_ID}` })
  emit({ type: 'info', content: 'I am a script that stands in for a coding agent. I am no AI.' })
  await pause(150)
  emit({ type: 'tool_use', content: `Read ${FILE}`, metadata: { tool: 'read', path: FILE } })
  emit({ type: 'tool_result', content: readFileSync(FILE, 'utf8') })
  if (sentBack) {
    emit({ type: 'text', content: 'The check says that accents and outer dashes are wrong. I repair both.' })
  } else {
    emit({
      type: 'text',
      content: 'I lower the case and put dashes. (This is wrong on purpose: the check will say so.)',
    })
  }
  await pause(150)
  writeFileSync(FILE, sentBack ? RIGHT : WRONG)
  emit({ type: 'tool_use', content: `Write ${FILE}`, metadata: { tool: 'write', path: FILE } })
  commit(sentBack ? 'Take accents off and trim dashes' : 'Make slugs of titles')
  emit({ type: 'usage', inputTokens: 1200, outputTokens: 240, costUsd: '0.0042', model: 'stand-in' })
  emit({
    type: 'result',
    summary: sentBack ? 'Slugs have no accents and no outer dashes.' : 'Titles become slugs.',
  })
}

await main()
