import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, test } from 'vitest'
import { clientOf, Dialogue } from './support/messages.ts'

const PROGRAM = fileURLToPath(new URL('../src/model-api/main.ts', import.meta.url))

const root = mkdtempSync(join(tmpdir(), 'optio-model-api-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let child: ChildProcess | undefined
afterEach(() => {
  child?.kill('SIGKILL')
})

function start(...args: string[]) {
  const program = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    env: { PATH: process.env.PATH, HOME: root, TMPDIR: root },
  })
  child = program
  const output = { out: '', err: '' }
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text
  })
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text
  })
  const ended = once(program, 'close').then(([code]) => code as number | null)
  return { program, output, ended }
}

test('the program says where it listens, follows the script it is given, shows each request and ends when it is told to', async () => {
  const file = join(root, 'script.json')
  writeFileSync(file, JSON.stringify({ id: 'by-hand', steps: [{ say: 'From a file.' }] }))
  const { program, output, ended } = start('--port', '0', '--script', file)
  const listening = () => /listens at (\S+)/.exec(output.out)?.[1]
  await expect.poll(listening, { timeout: 20_000 }).toBeDefined()
  const answer = await clientOf(listening() ?? '').messages.create(new Dialogue('Hello').request)
  expect(answer.content).toMatchObject([{ type: 'text', text: 'From a file.' }])
  await expect.poll(() => output.out).toMatch(/POST \/v1\/messages by-hand turn 1, answer 1: 200\n/)
  program.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test('the program refuses what it can’t understand, and says how it is used', async () => {
  const file = join(root, 'bad.json')
  writeFileSync(file, JSON.stringify([{ dance: true }]))
  const { output, ended } = start('--script', file)
  expect(await ended).toBe(64)
  expect(output.err).toMatch(/“dance”, which means nothing.*Usage:/s)
})
