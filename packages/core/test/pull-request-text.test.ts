import { pullRequestText } from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const facts = {
  title: 'Mend the parser',
  prompt: 'Make parse("") answer null.',
  resultSummary: 'Empty input answers null now; closes #99, thanks @ada.',
  issue: { number: 12, closes: true },
  agent: { type: 'claude-code', model: 'opus' },
  attempts: 2,
  cost: { usd: 420_000_000n, estimated: false },
  testCommand: 'npm `run` test',
  taskUrl: 'https://optio.example.com/tasks/1',
}

/** What a forge would read as prose: nothing in a block of code or in a comment. */
function prose(body: string): string {
  return body.replace(/^(`{3,}|~{3,})[\s\S]*?^\1`*$/gm, '').replace(/<!--[\s\S]*?-->/g, '')
}

describe('the text of a pull request', () => {
  test('says what was done, what was run, what it cost, and closes its issue: and nothing else, whatever an agent says', () => {
    const { body } = pullRequestText(facts)
    expect(prose(body)).toMatch(/^Closes #12$/m)
    expect(prose(body)).not.toMatch(/#99|@ada/)
    expect(body).toContain('Empty input answers null now')
    expect(body).toContain('- Agent: `claude-code`, model `opus`')
    expect(body).toContain('- Attempts: 2')
    expect(body).toContain('- Cost so far: $0.42')
    expect(body).toContain('`` npm `run` test ``')
    expect(body).toContain('[this task](https://optio.example.com/tasks/1)')
    expect(body).not.toContain(facts.prompt)
  })

  test('only names the issue where a merge is not to close it, and tells the task where there is none', () => {
    const kept = prose(pullRequestText({ ...facts, issue: { number: 12, closes: false } }).body)
    expect(kept).toMatch(/^For #12$/m)
    expect(kept).not.toMatch(/closes/i)
    expect(pullRequestText({ ...facts, issue: null }).body).toContain(facts.prompt)
  })
})

describe('a template of the repository', () => {
  const template = `<!-- Thank you! ## Summary goes below -->
## Summary

<!-- What does it do? -->

## Testing

- [ ] I have run the tests

Fixes #

## Checklist

- [ ] Docs`

  test('is filled in at its places, and nothing of it is lost', () => {
    const { body } = pullRequestText({ ...facts, template })
    const [, summary = '', tests = '', checklist = ''] = body.split(/^## (?:Summary|Testing|Checklist)$/m)
    expect(summary).toContain('Empty input answers null now')
    expect(tests).toContain('- Attempts: 2')
    expect(prose(tests)).toMatch(/^Closes #12$/m)
    expect(checklist).toContain('- [ ] Docs')
    expect(body).toContain('- [ ] I have run the tests')
    expect(body).not.toContain('Fixes #\n')
    expect(body).not.toContain('## What was run')
  })

  test('that has no place for something gets it at its end', () => {
    const { body } = pullRequestText({ ...facts, template: 'Be kind.' })
    expect(body.startsWith('Be kind.')).toBe(true)
    expect(prose(body)).toMatch(/^Closes #12$/m)
    expect(body).toContain('## What the agent says it did')
  })

  test.each([
    ['an open block of code', '```\nexample'],
    ['an open comment', 'Hello <!-- and'],
    ['a heading within a comment', '<!--\n## Summary\n## Issue\n-->'],
    ['a heading within a block', '```\n## Summary\nFixes #\n```'],
  ])('with %s hides nothing of what is said', (_, broken) => {
    const text = prose(pullRequestText({ ...facts, template: broken }).body)
    expect(text).toMatch(/^Closes #12$/m)
    expect(text).toContain('Written by the agent')
    expect(text).toContain('Opened by Optio')
  })

  test('whatever it is, closes exactly the issue, and the text is bounded and made in no time', () => {
    const line = fc.constantFrom(
      '## Summary',
      '## Tests',
      '```',
      '~~~',
      '<!--',
      '-->',
      'Fixes #',
      '- [ ] x',
      '',
      '# Issue',
      ' '.repeat(300),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const { body } = pullRequestText({ ...facts, template: lines.join('\n') })
        expect(body.match(/^Closes #12$/gm)).toHaveLength(1)
        expect(body).toContain('- Attempts: 2')
      }),
    )
    const began = performance.now()
    const huge = pullRequestText({
      ...facts,
      template: `Fixes #${' '.repeat(1_000_000)}x\n${'## Summary\n'.repeat(50_000)}`,
    })
    expect(Buffer.byteLength(huge.body)).toBeLessThan(64_000)
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
