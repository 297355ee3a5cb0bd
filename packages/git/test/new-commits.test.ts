import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Fingerprint, fingerprintOf, GitError, searchNewCommits, streamGit } from '@optio/git'
import { plainGit } from '@optio/testkit/repositories'
import { beforeEach, describe, expect, test } from 'vitest'
import { ByteSearch } from '../src/byte-search.ts'
import { sandbox } from './support/sandbox.ts'

const SECRET = 'a-key/that+must"stay\\secret-for-ever'

const root = sandbox('new-commits')
let path: string

/** A repository like a mirror: its branches are the upstream's, and work is reached by no branch. */
beforeEach(() => {
  path = join(root, randomBytes(4).toString('hex'))
  mkdirSync(path)
  plainGit(path, 'init', '--quiet', '--initial-branch=main')
  commit({ README: 'hello\n' })
  plainGit(path, 'checkout', '--quiet', '--detach')
})

function commit(files: Record<string, string | Uint8Array | null>, message = 'change'): string {
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name)
    mkdirSync(dirname(file), { recursive: true })
    if (content === null) rmSync(file)
    else writeFileSync(file, content)
  }
  plainGit(path, 'add', '--all')
  plainGit(path, 'commit', '--quiet', '--allow-empty', '-m', message)
  return plainGit(path, 'rev-parse', 'HEAD')
}

function prints(...texts: string[]): Fingerprint[] {
  return texts.flatMap((text) => fingerprintOf(text) ?? [])
}

async function find(...texts: string[]) {
  return await findIn(plainGit(path, 'rev-parse', 'HEAD'), ...texts)
}

async function findIn(head: string, ...texts: string[]) {
  const sought = [{ name: 'KEY', forms: prints(...(texts.length > 0 ? texts : [SECRET])) }]
  return await searchNewCommits({ gitDir: join(path, '.git'), head, sought })
}

describe('what a push would add is searched:', () => {
  test('a file that a later commit removes again', async () => {
    const guilty = commit({ 'conf/.env': `KEY=${SECRET}\n` })
    commit({ 'conf/.env': null })
    expect(await find()).toEqual([{ name: 'KEY', part: 'content', commit: guilty, path: 'conf/.env' }])
  })

  test('a message, and the name of an author', async () => {
    const first = commit({ a: '1' }, `say ${SECRET}`)
    plainGit(path, 'commit', '--quiet', '--allow-empty', '-m', 'x', '--author', `${SECRET} <a@example.org>`)
    const second = plainGit(path, 'rev-parse', 'HEAD')
    const found = await find()
    expect(found.map(({ part, commit }) => [part, commit])).toEqual(
      expect.arrayContaining([
        ['message', first],
        ['message', second],
      ]),
    )
    expect(found).toHaveLength(2)
  })

  test('a file name, also where a slash of the secret parts directories, and where the file is not new', async () => {
    plainGit(path, 'checkout', '--quiet', 'main')
    commit({ 'old/that+must"stay\\secret-for-ever': 'x' })
    plainGit(path, 'checkout', '--quiet', '--detach')
    const guilty = commit({ [SECRET]: 'x' })
    expect(await find()).toEqual([{ name: 'KEY', part: 'file name', commit: guilty, path: null }])
  })

  test('a file that is named like the secret it holds, without saying its name', async () => {
    commit({ [SECRET]: SECRET })
    expect(JSON.stringify(await find())).not.toContain('for-ever')
  })

  test('a binary file of many chunks, wherever in it the secret lies', async () => {
    const bytes = randomBytes(3_000_000)
    Buffer.from(SECRET).copy(bytes, 65_536 * 7 - 11)
    const guilty = commit({ 'image.png': bytes })
    expect(await find()).toEqual([{ name: 'KEY', part: 'content', commit: guilty, path: 'image.png' }])
  })

  test('base64 that is wrapped into lines', async () => {
    const encoded = Buffer.from(`${'x'.repeat(69)}${SECRET}`).toString('base64')
    commit({ 'mail.txt': encoded.replace(/.{76}/g, '$&\r\n    ') })
    expect(await find(Buffer.from(SECRET).toString('base64').replace(/=+$/, '').slice(0, -1))).toHaveLength(1)
  })

  test('what only a merge brings', async () => {
    const side = commit({ side: '1' })
    plainGit(path, 'checkout', '--quiet', '--detach', 'main')
    commit({ other: '1' })
    plainGit(path, 'merge', '--quiet', '--no-commit', '--no-ff', side)
    const guilty = commit({ 'merged.txt': SECRET })
    expect(await find()).toEqual([{ name: 'KEY', part: 'content', commit: guilty, path: 'merged.txt' }])
  })

  test('only what is new: what a branch or a tag of the upstream reaches is published already', async () => {
    commit({ '.env': SECRET }, SECRET)
    plainGit(path, 'branch', 'upstream-has-it')
    commit({ innocent: 'x' })
    expect(await find()).toEqual([])
    plainGit(path, 'branch', '-D', 'upstream-has-it')
    expect(await find()).toHaveLength(2)
  })
})

test('a commit that is not there whole is no clean commit', async () => {
  commit({ '.env': 'x' })
  const blob = plainGit(path, 'rev-parse', 'HEAD:.env')
  rmSync(join(path, '.git', 'objects', blob.slice(0, 2), blob.slice(2)))
  await expect(find()).rejects.toThrow(GitError)
})

test('a clean change of 5,000 files costs little', async () => {
  const head = plainGit(path, 'rev-parse', 'HEAD')
  const line = 'some line of a program, as they are\n'
  const files = Array.from({ length: 5000 }, (_, i) => {
    const content = `${i}\n${line.repeat(60)}`
    return `M 644 inline src/${i % 50}/${i}.ts\ndata ${content.length}\n${content}\n`
  })
  const who = 'committer Ada <ada@example.org> 1700000000 +0000'
  const input = `commit refs/optio/work\n${who}\ndata 0\nfrom ${head}\n${files.join('')}`
  execFileSync('git', ['fast-import', '--quiet'], { cwd: path, input })
  const work = plainGit(path, 'rev-parse', 'refs/optio/work')
  const before = process.cpuUsage()
  expect(await findIn(work)).toEqual([])
  const { user, system } = process.cpuUsage(before)
  // Of this process, whatever else the machine does; 11 MB take some 0.3 s.
  expect((user + system) / 1000).toBeLessThan(2_000)
})

describe('a text in pieces', () => {
  const search = new ByteSearch(prints(SECRET, 'eightlet'))
  const numbers = (pieces: readonly Uint8Array[]) => {
    const text = search.text()
    for (const piece of pieces) text.push(piece)
    return [...text.end()]
  }

  test('is found wherever the cuts are', () => {
    const bytes = Buffer.from(`before ${SECRET} after`)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(numbers([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual([0])
    }
    expect(numbers([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([0])
  })

  test('is found at the very end, and only whole', () => {
    expect(numbers([Buffer.from('x eightlet')])).toEqual([1])
    expect(numbers([Buffer.from('x eightle')])).toEqual([])
    expect(numbers([Buffer.from(SECRET.slice(0, -1))])).toEqual([])
    expect(numbers([])).toEqual([])
  })
})

describe('output of any size', () => {
  const own = () => ({ cwd: path, gitDir: join(path, '.git'), timeoutMs: 60_000 })
  const all = async (args: string[], options: Parameters<typeof streamGit>[1]) => {
    let length = 0
    for await (const chunk of streamGit(args, options)) length += chunk.length
    return length
  }

  test('is complete only when its input was', async () => {
    async function* input() {
      yield Buffer.from('HEAD\n')
      throw new Error('the input broke off')
    }
    await expect(all(['cat-file', '--batch'], { ...own(), stdin: input() })).rejects.toThrow('broke off')
  })

  test('ends with the failure of git, of its start, and at its time', async () => {
    await expect(all(['rev-list', 'nothing'], own())).rejects.toThrow(GitError)
    await expect(all(['version'], { ...own(), cwd: join(path, 'gone') })).rejects.toMatchObject({
      kind: 'missing',
    })
    async function* never() {
      await new Promise(() => {})
      yield Buffer.alloc(0)
    }
    const endless = { ...own(), timeoutMs: 200, stdin: never() }
    await expect(all(['cat-file', '--batch'], endless)).rejects.toMatchObject({ kind: 'timeout' })
  })
})
