import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hunk, parsePatch } from '../src/pages/task/pull-request/diff/parse-patch.ts'
import { splitRows, unifiedRows } from '../src/pages/task/pull-request/diff/rows.ts'

const run = promisify(execFile)

/** Lines that look like parts of a diff, end oddly, or hide things. */
const line = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '--- a/x',
    '+++ b/x',
    '@@ -1 +1 @@',
    'diff --git a/x b/x',
    '\\ No newline at end of file',
    'Binary files a and b differ',
    'x\r',
    '\t\u202eabc',
    '-',
    '+',
    '😀',
  ),
  fc.string({ maxLength: 12, unit: 'grapheme' }).map((text) => text.replace(/[\n\0]/g, '')),
)
const content = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
  .map(([lines, ends]) => lines.join('\n') + (ends && lines.length > 0 ? '\n' : ''))

/** The part of one side that the hunks show, by line number. */
function side(hunks: readonly Hunk[], which: 'oldLine' | 'newLine'): Map<number, string> {
  const shown = new Map<number, string>()
  for (const { lines } of hunks) {
    for (const each of lines) {
      const number = each[which]
      if (number !== null) shown.set(number, each.text + (each.noNewline ? '' : '\n'))
    }
  }
  return shown
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/).filter((part) => part !== '')
}

describe('the diff parser', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'optio-patch-'))
    await run('git', ['init', '--quiet', directory])
  })
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true })
  })

  async function git(args: readonly string[], okCode = 0): Promise<string> {
    try {
      const { stdout } = await run('git', ['-c', 'core.autocrlf=false', '-C', directory, ...args])
      return stdout
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string }
      if (code === okCode) return stdout
      throw error
    }
  }

  async function diffOf(before: string, after: string): Promise<string> {
    await writeFile(join(directory, 'before'), before)
    await writeFile(join(directory, 'after'), after)
    return await git(['diff', '--no-index', '--text', 'before', 'after'], 1)
  }

  it('reads from every diff of git which line is where, on both sides', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, fc.boolean(), async (before, after, withHeader) => {
        const patch = await diffOf(before, after)
        const hunks = parsePatch(withHeader ? patch : patch.slice(Math.max(0, patch.search(/^@@ /m))))
        const old = linesOf(before)
        const now = linesOf(after)
        for (const [number, text] of side(hunks, 'oldLine')) expect(old[number - 1]).toBe(text)
        for (const [number, text] of side(hunks, 'newLine')) expect(now[number - 1]).toBe(text)
        const all = hunks.flatMap(({ lines }) => lines)
        expect(all.filter(({ kind }) => kind === 'other')).toEqual([])
        // What the hunks do to the old content makes the new one.
        const shown = new Set(side(hunks, 'oldLine').keys())
        const kept = old.filter((_, index) => !shown.has(index + 1)).length
        const inNew = all.filter(({ newLine }) => newLine !== null).length
        expect(kept + inNew).toBe(now.length)
      }),
      { numRuns: 60 },
    )
  })

  it('counts as many added and removed lines as git does', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (before, after) => {
        const all = parsePatch(await diffOf(before, after)).flatMap(({ lines }) => lines)
        const [numbers = ''] = (
          await git(['diff', '--no-index', '--numstat', '--text', 'before', 'after'], 1)
        ).split('\n')
        const [added = '0', removed = '0'] = numbers === '' ? ['0', '0'] : numbers.split('\t')
        expect(all.filter(({ kind }) => kind === 'added')).toHaveLength(Number(added))
        expect(all.filter(({ kind }) => kind === 'removed')).toHaveLength(Number(removed))
      }),
      { numRuns: 30 },
    )
  })

  it('shows every line once in either view, and pairs only what was changed into one another', async () => {
    await fc.assert(
      fc.asyncProperty(content, content, async (before, after) => {
        for (const hunk of parsePatch(await diffOf(before, after))) {
          expect(unifiedRows(hunk).map((row) => row.line)).toEqual(hunk.lines)
          for (const { line: one, mate } of unifiedRows(hunk)) {
            if (mate !== null) expect([one.kind, mate.kind].sort()).toEqual(['added', 'removed'])
          }
          const rows = splitRows(hunk)
          expect(rows.flatMap(({ left }) => left ?? [])).toEqual(
            hunk.lines.filter(({ kind }) => kind !== 'added'),
          )
          expect(rows.flatMap(({ right }) => right ?? [])).toEqual(
            hunk.lines.filter(({ kind }) => kind !== 'removed'),
          )
        }
      }),
      { numRuns: 30 },
    )
  })

  it('passes over the header of renames, modes, binary files and quoted names', async () => {
    const names = ['plain', 'with space', 'tab\there', 'quo"te', 'bidi\u202eexe.txt', 'ünï']
    for (const name of names) await writeFile(join(directory, name), '1\n2\n3\n4\n5\n6\n7\n8\n')
    await writeFile(join(directory, 'picture'), Buffer.from([0, 1, 2, 3]))
    const commit = ['-c', 'user.name=A', '-c', 'user.email=a@b.c', 'commit', '--quiet', '--no-verify']
    await git(['add', '--all'])
    await git([...commit, '-m', 'one'])
    for (const name of names) await git(['mv', name, `${name}-moved`])
    await writeFile(join(directory, 'plain-moved'), '1\n2\n3\n4\n5\n6\n7\nx\n')
    await writeFile(join(directory, 'picture'), Buffer.from([0, 9, 9, 9]))
    await git(['update-index', '--chmod=+x', 'with space-moved'])
    await git(['add', '--all'])
    await git([...commit, '-m', 'two'])
    const patch = await git(['diff', '-M', 'HEAD~1', 'HEAD'])
    for (const word of ['rename from', 'Binary files', '\\t']) expect(patch).toContain(word)
    const lines = parsePatch(patch).flatMap((hunk) => hunk.lines)
    expect(lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'context 5',
      'context 6',
      'context 7',
      'removed 8',
      'added x',
    ])
  })

  it('shows what it does not know instead of leaving it out', () => {
    const combined = '@@@ -1,2 -1,2 +1,2 @@@\n  a\n+ b\n'
    const lines = parsePatch(combined).flatMap((hunk) => hunk.lines)
    expect(lines.map(({ kind, text }) => [kind, text])).toEqual([
      ['other', '@@@ -1,2 -1,2 +1,2 @@@'],
      ['other', '  a'],
      ['other', '+ b'],
    ])
    expect(parsePatch('@@ -1,3 +1,3 @@\n a\nnot a diff line\n')[0]?.lines).toHaveLength(2)
  })

  it('reads 50,000 lines at once', () => {
    const patch = `@@ -0,0 +1,50000 @@\n${'+x\n'.repeat(50_000)}`
    const began = performance.now()
    expect(parsePatch(patch)[0]?.lines).toHaveLength(50_000)
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
