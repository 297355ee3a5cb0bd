import { expect, test } from 'vitest'
import { isTaken, matchesPattern } from '../../../src/github/path-pattern.ts'

// The examples of GitHub's “Filter pattern cheat sheet”.
const EXAMPLES: [pattern: string, taken: string[], left: string[]][] = [
  ['feature/*', ['feature/my-branch', 'feature/your-branch'], ['feature/beta-a/my-branch', 'feature']],
  ['feature/**', ['feature/beta-a/my-branch', 'feature/your-branch', 'feature/mona/the/octocat'], ['main']],
  ['main', ['main'], ['mainly', 'releases/main']],
  ['*', ['main', 'releases'], ['all/the/branches']],
  ['**', ['all/the/branches', 'every/tag'], []],
  ['*feature', ['mona-feature', 'feature', 'ver-10-feature'], ['features']],
  ['v2*', ['v2', 'v2.0', 'v2.9'], ['v1']],
  ['v[12].[0-9]+.[0-9]+', ['v1.10.1', 'v2.0.0'], ['v3.0.0', 'v1.x.1']],
  ['*.jsx?', ['page.js', 'page.jsx'], ['page.ts']],
  ['**.js', ['index.js', 'js/index.js', 'src/js/app.js'], ['index.ts']],
  ['docs/**/*.md', ['docs/README.md', 'docs/mona/hello-world.md', 'docs/a/markdown/file.md'], ['README.md']],
  ['**/docs/**', ['docs/hello.md', 'dir/docs/my-file.txt', 'space/docs/plan/space.doc'], ['mydocs/hello.md']],
  ['**/README.md', ['README.md', 'js/README.md'], ['xREADME.md']],
  ['**/*src/**', ['a/src/app.js', 'my-src/code/js/app.js'], ['srcs/app.js']],
  ['**/migrate-*.sql', ['migrate-10909.sql', 'db/migrate-v1.0.sql'], ['db/migrate.sql']],
]

test.each(EXAMPLES)('%s takes what GitHub says it does', (pattern, taken, left) => {
  for (const text of taken) expect([text, matchesPattern(pattern, text)]).toEqual([text, true])
  for (const text of left) expect([text, matchesPattern(pattern, text)]).toEqual([text, false])
})

test('the last pattern that matches decides', () => {
  const patterns = ['**.js', '!test/**', 'test/keep.js']
  expect(isTaken(patterns, 'src/a.js')).toBe(true)
  expect(isTaken(patterns, 'test/a.js')).toBe(false)
  expect(isTaken(patterns, 'test/keep.js')).toBe(true)
})

test('no pattern keeps Optio busy', () => {
  const started = performance.now()
  expect(matchesPattern(`${'**a'.repeat(160)}b`, 'a'.repeat(4000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(2000)
})
