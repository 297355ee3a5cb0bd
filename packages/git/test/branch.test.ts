import { spawnSync } from 'node:child_process'
import { isValidBranchName } from '@optio/contract'
import { branchFor } from '@optio/git'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sandbox } from './support/sandbox.ts'

const directory = sandbox('branch')

function gitAccepts(name: string): boolean {
  return spawnSync('git', ['check-ref-format', '--branch', name], { cwd: directory }).status === 0
}

const awkward = fc.constantFrom(
  ...['/', '.', '..', '-', '@', '@{', '~', '^', ':', '?', '*', '[', '\\', ' ', '\t', '\n', '\x7f', '.lock'],
  ...[
    'a',
    'B',
    '0',
    '_',
    'é',
    '漢',
    '💥',
    'HEAD',
    'refs/heads/',
    '{',
    '}',
    '$()',
    '`',
    "'",
    '"',
    ';',
    '=',
    '%',
  ],
)

describe('a branch name', () => {
  test('is accepted exactly when git accepts it, apart from @ and over-long ones', () => {
    const names = fc.array(awkward, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(names, (name) => {
        if (name === '@') return
        expect(isValidBranchName(name)).toBe(gitAccepts(name))
      }),
      {
        numRuns: 400,
        examples: [
          ['HEAD'],
          ['a.lock/b'],
          ['a./b'],
          ['-a'],
          ['a/-b'],
          ['a@{b'],
          ['.a'],
          ['a.'],
          ['a//b'],
          ['/a'],
          ['a/'],
        ],
      },
    )
  })

  test('is refused when it is empty, only @, too long for a file, or no text', () => {
    for (const name of ['', '@', 'a'.repeat(241), 'é'.repeat(121), 'a\ud800b', 'a\0b']) {
      expect(isValidBranchName(name), JSON.stringify(name.slice(0, 20))).toBe(false)
    }
    expect(isValidBranchName('a'.repeat(240))).toBe(true)
  })
})

describe('the branch of a run', () => {
  test('is valid, bounded ASCII for any title and id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.uuid(), (title, id) => {
        const branch = branchFor(title, id)
        expect(branch).toMatch(/^optio\/[a-z0-9-]+$/)
        expect(branch.length).toBeLessThanOrEqual(60)
        expect(isValidBranchName(branch)).toBe(true)
      }),
    )
  })

  test('says what it is about', () => {
    const id = '0198c3f2-7a10-7c3e-9f00-1234abcd5678'
    expect(branchFor('Fix the Überlauf in `parse()`', id)).toBe('optio/fix-the-uberlauf-in-parse-abcd5678')
    expect(branchFor('$(rm -rf ~); "x"\n../..', id)).toBe('optio/rm-rf-x-abcd5678')
    expect(branchFor('修复', id)).toBe('optio/task-abcd5678')
  })

  test('differs between runs whose time-ordered ids share their first half', () => {
    const [a, b] = ['0198c3f2-7a10-7c3e-9f00-1234abcd5678', '0198c3f2-7a10-7c3e-9f00-1234abcd5679']
    expect(branchFor('same', a)).not.toBe(branchFor('same', b))
  })
})
