import { expect, test } from 'vitest'
import { claudeCodeAgent, commandAgent, type ParserState } from '../../src/index.ts'
import { linesOf, readAll } from '../support/transcripts.ts'

const standing = (state: ParserState) => claudeCodeAgent.conversation?.standing(state)

/** How the stream stands after each of its lines: `+` where it is concluded, and how many messages it has heard. */
function standings(name: string): string {
  const lines = linesOf(name)
  return lines
    .map((_, i) => standing(readAll(lines.slice(0, i + 1)).state))
    .map((now) => `${now?.heard}${now?.concluded ? '+' : ''}`)
    .join(' ')
}

test.each([
  ['message-soft', '0 1 1 1 1 2 2 2 2 2 2+'],
  ['message-after', '0 1 1 1+ 1 2 2 2 2 2 2+'],
  ['message-interrupt', '0 1 1 1 1 1 1 1+ 2+ 2 3 3 3 3 3 3+'],
])('a stream says after each line what it has heard, and whether it is done (%s)', (name, expected) => {
  expect(standings(name)).toBe(expected)
})

test.each(['message-soft', 'message-after', 'message-interrupt'])(
  'whoever goes on in the middle of a conversation reads the same (%s)',
  (name) => {
    const lines = linesOf(name)
    const whole = readAll(lines)
    for (let cut = 0; cut <= lines.length; cut++) {
      const first = readAll(lines.slice(0, cut))
      const rest = readAll(lines.slice(cut), claudeCodeAgent, first.state)
      expect(rest.state).toEqual(whole.state)
      expect([...first.items, ...rest.items]).toEqual(whole.items)
    }
  },
)

test('an interruption is no failure when a result follows, and one where none does', () => {
  const lines = linesOf('message-interrupt')
  const interrupted = lines.findIndex((line) => line.includes('error_during_execution')) + 1
  const { state, items } = readAll(lines.slice(0, interrupted))
  expect(items.at(-1)).toMatchObject({ logType: 'system', content: expect.stringMatching(/was interrupted/) })
  expect(claudeCodeAgent.conclude(state, { exitCode: 1 })).toMatchObject({ kind: 'interrupted' })
  const after = readAll(lines.slice(interrupted), claudeCodeAgent, state)
  expect(claudeCodeAgent.conclude(after.state, { exitCode: 0 })).toBeNull()
})

test('what it was told is not in its log: who told it has said so', () => {
  for (const name of ['message-soft', 'message-after', 'message-interrupt']) {
    const { items } = readAll(linesOf(name))
    const words = items.flatMap((item) => (item.kind === 'entry' ? [item.content] : []))
    expect(words.filter((word) => /the second$|a soft one|model-script/.test(word))).toEqual([])
  }
})

test('the state that an older version stored is gone on with', () => {
  const { heard, interrupting, ...older } = readAll(linesOf('commit')).state
  expect([heard, interrupting]).toEqual([0, false])
  expect(standing(older)).toEqual({ concluded: true, heard: 0 })
  expect(claudeCodeAgent.conclude(older, { exitCode: 0 })).toBeNull()
})

test('agents of a program of one’s own hear nothing but their prompt', () => {
  expect(commandAgent.conversation).toBeNull()
})
