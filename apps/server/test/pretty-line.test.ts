import { expect, it } from 'vitest'
import { prettyLine } from '../src/pretty-line.ts'

const entry = (fields: object) =>
  JSON.stringify({ level: 40, time: Date.UTC(2030, 0, 1, 12, 34, 56, 789), ...fields })

it('a line of the log for people has time, level, message and what else it says', () => {
  expect(prettyLine(entry({ runId: 'r1', n: 2, msg: 'hello' }), { colors: false })).toBe(
    '12:34:56.789 warn  hello runId=r1 n=2\n',
  )
  expect(prettyLine(entry({ msg: 'hello' }), { colors: true })).toContain('\u001b[33mwarn \u001b[0m')
  expect(prettyLine('no json\n', { colors: false })).toBe('no json\n')
})

it('errors come with their stack and their causes, and nothing in them steers the terminal', () => {
  const err = { message: 'a\u001b[2J', stack: 'Error: a\u001b[2J\n    at x', cause: { message: 'deep' } }
  expect(prettyLine(entry({ msg: 'b\nc', err }), { colors: false })).toBe(
    '12:34:56.789 warn  b\\u{a}c\n  Error: a\\u{1b}[2J\n      at x\n  caused by:\n  deep\n',
  )
})
