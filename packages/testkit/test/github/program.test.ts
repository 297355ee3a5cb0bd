import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Octokit } from '@octokit/rest'
import { afterEach, expect, test } from 'vitest'
import { aDirectory } from './support/github.ts'

const PROGRAM = fileURLToPath(new URL('../../src/github/main.ts', import.meta.url))

let child: ChildProcess | undefined
afterEach(() => {
  child?.kill('SIGKILL')
})

function start(root: string, ...args: string[]) {
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

test('the program plants what its seed has, says where it listens and with which tokens, and ends when it is told to', async () => {
  const { path } = aDirectory()
  const seed = join(path, 'seed.json')
  const repository = { owner: 'globex', name: 'site', private: true, issues: [{ title: 'From a file' }] }
  writeFileSync(seed, JSON.stringify({ repositories: [repository], tokens: [{ login: 'globex' }] }))
  const { program, output, ended } = start(path, '--port', '0', '--seed', seed)
  await expect.poll(() => output.out, { timeout: 30_000 }).toMatch(/Repository: /)
  const octokit = new Octokit({
    auth: /Token of globex: (\S+)/.exec(output.out)?.[1] ?? '',
    baseUrl: /GITHUB_API_URL=(\S+)/.exec(output.out)?.[1] ?? '',
  })
  const { data } = await octokit.issues.listForRepo({ owner: 'globex', repo: 'site' })
  expect(data.map(({ title }) => title)).toEqual(['From a file'])
  program.kill('SIGTERM')
  expect(await ended).toBe(0)
})

test('the program refuses a seed it can’t understand, and says how it is used', async () => {
  const { path } = aDirectory()
  const seed = join(path, 'bad.json')
  writeFileSync(seed, JSON.stringify({ dances: [] }))
  const { output, ended } = start(path, '--seed', seed)
  expect(await ended).toBe(64)
  expect(output.err).toMatch(/“dances” means nothing.*Usage:/s)
})
