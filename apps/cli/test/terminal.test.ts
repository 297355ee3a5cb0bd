import { describe, expect, it } from 'vitest'
import type { Outlet } from '../src/cli.ts'
import { parseSettings } from '../src/repo/settings.ts'
import { chooseColors } from '../src/terminal/colors.ts'
import { writeTable } from '../src/terminal/table.ts'
import { fit, pad, widthOf } from '../src/terminal/width.ts'
import { dollars, duration } from '../src/terminal/words.ts'

function outlet(columns: number | null): Outlet & { text: string } {
  return {
    text: '',
    columns,
    isTerminal: columns !== null,
    async write(more) {
      this.text += more
    },
  }
}

describe('width', () => {
  it('counts columns as a terminal does: wide letters, pictures and marks', () => {
    expect(['abc', '漢字', '🙂', '👩‍💻', 'é', 'ｗ', '한', 'a\u200d'].map(widthOf)).toEqual([
      3, 4, 2, 2, 1, 2, 2, 1,
    ])
  })

  it('cuts between letters and never exceeds', () => {
    expect(fit('漢字漢字', 5)).toBe('漢字…')
    expect(fit('漢字漢字', 4)).toBe('漢…')
    expect(fit('abc', 3)).toBe('abc')
    expect(pad('漢', 4)).toBe('漢  ')
  })
})

describe('a table', () => {
  const hostile = ['\u001b[2J\u001b[H\u202eevil\r\nnext', '漢字'.repeat(40), 'short']
  const columns = [
    { title: 'ID', text: (_: string) => '12345678' },
    { title: 'TITLE', text: (row: string) => row, shrinksTo: 8 },
  ]

  it('fits into the terminal line by line, and nothing in it steers the terminal', async () => {
    const out = outlet(40)
    await writeTable(out, chooseColors({}, false), hostile, columns)
    const lines = out.text.trimEnd().split('\n')
    expect(lines).toHaveLength(4)
    expect(lines.every((line) => widthOf(line) <= 40)).toBe(true)
    for (const char of ['\u001b', '\u202e', '\r']) expect(out.text).not.toContain(char)
    expect(lines[1]).toContain('\\u{1b}[2J')
  })

  it('in a pipe is whole', async () => {
    const out = outlet(null)
    await writeTable(out, chooseColors({}, false), hostile, columns)
    expect(out.text).toContain('漢字'.repeat(40))
  })
})

it('colours only on a terminal, and never with NO_COLOR', () => {
  expect(chooseColors({}, true).isColorSupported).toBe(true)
  expect(chooseColors({}, false).isColorSupported).toBe(false)
  expect(chooseColors({ NO_COLOR: '1' }, true).isColorSupported).toBe(false)
  expect(chooseColors({ NO_COLOR: '1', FORCE_COLOR: '1' }, false).isColorSupported).toBe(false)
  expect(chooseColors({ TERM: 'dumb' }, true).isColorSupported).toBe(false)
  expect(chooseColors({ FORCE_COLOR: '1' }, false).isColorSupported).toBe(true)
})

it('writes amounts and times shortly', () => {
  expect(['0', '0.0084', '12.345', '0.01'].map(dollars)).toEqual(['$0.00', '$0.0084', '$12.35', '$0.01'])
  expect([0, 61_000, 7_200_000, 200_000_000].map(duration)).toEqual(['0s', '1m', '2h', '2d'])
})

describe('settings', () => {
  it('are read by their kind', () => {
    expect(
      parseSettings([
        'testCommand=true',
        'autoMerge=yes',
        'maxAttemptMs=2h',
        'maxTurnsCoding=5',
        'model=',
        'agentCommand=a  b',
        'setupCommands=x=y',
      ]),
    ).toEqual({
      testCommand: 'true',
      autoMerge: true,
      maxAttemptMs: 7_200_000,
      maxTurnsCoding: 5,
      model: null,
      agentCommand: ['a', 'b'],
      setupCommands: 'x=y',
    })
    expect(parseSettings(['agentCommand=["a b","c"]'])).toEqual({ agentCommand: ['a b', 'c'] })
  })

  it('that do not exist, or cannot be read, are errors of usage', () => {
    for (const word of [
      'nope=1',
      'autoMerge=maybe',
      'maxTurnsCoding=many',
      'agentCommand=[1]',
      'bare',
      'maxAttemptMs=soon',
    ]) {
      expect(() => parseSettings([word])).toThrow(expect.objectContaining({ exitCode: 2 }))
    }
  })
})
