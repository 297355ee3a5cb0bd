import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isValidBranchName, unsafeBranchName } from '../src/index.ts'

function gitAccepts(name: string): boolean {
  try {
    execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('a branch name', () => {
  it('that is accepted is accepted by git too, for every combination of telling parts', () => {
    const parts = [
      'a',
      '.',
      '..',
      '/',
      '-',
      '@',
      '{',
      '@{',
      '.lock',
      ' ',
      '~',
      '^',
      ':',
      '?',
      '*',
      '[',
      '\\',
      '\n',
      'ä',
      "'$()`",
    ]
    const names = new Set(
      parts.flatMap((a) => [a, `x${a}`, `${a}x`, `x${a}y`, `x/${a}`, `${a}/x`, `x${a}/y`]),
    )
    for (const name of [...names, 'HEAD', '-', '--', 'refs/heads/x', 'x'.repeat(240)]) {
      if (isValidBranchName(name)) expect(gitAccepts(name), JSON.stringify(name)).toBe(true)
      // What git itself would take and we refuse is deliberate: HEAD, and leading dashes it would read as options.
      else if (gitAccepts(name)) expect(['HEAD', '@']).toContain(name)
    }
  })

  it('that is refused says why', () => {
    for (const name of [
      '',
      'a\0b',
      '-x',
      'a..b',
      'a b',
      '.a',
      'a.lock',
      'x'.repeat(241),
      'ä'.repeat(121),
      '\ud800',
    ]) {
      expect(unsafeBranchName(name)).toMatch(/\w{2,}/)
    }
    expect(unsafeBranchName('feature/ünï-1')).toBeNull()
  })
})
