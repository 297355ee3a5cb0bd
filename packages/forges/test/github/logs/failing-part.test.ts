import { expect, test } from 'vitest'
import { cleanLog } from '../../../src/github/logs/clean.ts'
import { failingPart } from '../../../src/github/logs/failing-part.ts'

const at = (second: number, text: string) =>
  `2026-03-01T10:00:${String(second).padStart(2, '0')}.1234567Z ${text}`

const LOG = [
  `\uFEFF${at(0, '##[group]Set up job')}`,
  at(0, 'Runner 2.311'),
  at(0, '##[endgroup]'),
  at(5, '##[group]Run npm test'),
  at(5, '\u001b[36;1mnpm test\u001b[0m'),
  at(5, '##[endgroup]'),
  at(6, '\u001b[31m✗ adds\u001b[39m'),
  at(6, '10%\r55%\r100%'),
  at(7, ''),
  at(7, ''),
  at(7, 'Expected 4, got 3'),
  at(8, '##[error]Process completed with exit code 1.'),
  at(9, 'Post job cleanup.'),
  at(9, 'Cleaning up orphan processes'),
].join('\r\n')

const seconds = (from: number, until: number) => ({
  from: Date.parse(`2026-03-01T10:00:0${from}Z`),
  until: Date.parse(`2026-03-01T10:00:0${until}Z`),
})

test('times, colours, groups and overwritten progress are gone', () => {
  expect(cleanLog(LOG).map(({ text }) => text)).toEqual([
    'Set up job',
    'Runner 2.311',
    'Run npm test',
    'npm test',
    '✗ adds',
    '100%',
    '',
    '',
    'Expected 4, got 3',
    'Error: Process completed with exit code 1.',
    'Post job cleanup.',
    'Cleaning up orphan processes',
  ])
})

test('the lines are those of the step that failed, up to its last error', () => {
  expect(failingPart(cleanLog(LOG), seconds(5, 8))).toBe(
    [
      'Run npm test',
      'npm test',
      '✗ adds',
      '100%',
      '',
      'Expected 4, got 3',
      'Error: Process completed with exit code 1.',
    ].join('\n'),
  )
})

test('an error of a later step is not that of the step that failed', () => {
  const later = `${LOG}\n${at(12, '##[error]The cache could not be saved.')}`
  expect(failingPart(cleanLog(later), seconds(5, 8))).toMatch(/exit code 1\.$/)
})

test('where times do not tell, what comes after the last error is left out', () => {
  for (const step of [null, { from: 0, until: 1 }]) {
    const part = failingPart(cleanLog(LOG), step)
    expect(part).toMatch(/^Set up job/)
    expect(part).toMatch(/exit code 1\.$/)
  }
})

test('at most 200 lines are kept, the last ones', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => at(1, `line ${i}`)).join('\n')
  const part = failingPart(cleanLog(lines), null).split('\n')
  expect(part).toHaveLength(200)
  expect(part.at(-1)).toBe('line 999')
})

test('at most 64 KiB are kept, whole lines, whatever they are', () => {
  const wide = Array.from({ length: 150 }, (_, i) => `${i} ${'é'.repeat(1000)}`).join('\n')
  const part = failingPart(cleanLog(wide), null)
  expect(Buffer.byteLength(part)).toBeLessThanOrEqual(64 * 1024)
  expect(part).toMatch(/^\d+ é/)
  expect(Buffer.byteLength(failingPart(cleanLog('é'.repeat(500_000)), null))).toBeLessThanOrEqual(64 * 1024)
})

test('escape sequences of any kind do not hold it up', () => {
  const started = performance.now()
  failingPart(cleanLog('\u001b]0;'.repeat(200_000)), null)
  failingPart(cleanLog('\u001b['.repeat(200_000)), null)
  expect(performance.now() - started).toBeLessThan(2000)
})
