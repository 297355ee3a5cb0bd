import { pullRequestBody } from '@optio/forges'
import { describe, expect, test } from 'vitest'

const facts = { summary: 'Fixed.', prompt: 'Fix it', agentType: 'command', taskUrl: null, warnings: [] }

describe('the body of a pull request', () => {
  test('keeps the task in a block that nothing in it can leave', () => {
    const prompt = 'Closes #1, @everyone\n```\n</details>\n````` <script>'
    const body = pullRequestBody({ ...facts, prompt })
    expect(body).toContain(`\n\`\`\`\`\`\`text\n${prompt}\n\`\`\`\`\`\`\n`)
  })

  test('is bounded, printable, and says what a reviewer must know', () => {
    const body = pullRequestBody({
      summary: 's'.repeat(100_000),
      prompt: `p${'p'.repeat(1_000_000)}`,
      agentType: '`x`',
      taskUrl: 'http://localhost/tasks/1',
      warnings: ['A test was deleted.\u0000'],
    })
    expect(body.length).toBeLessThanOrEqual(60_000)
    expect(body).toContain('⚠️ A test was deleted.\n')
    expect(body).toContain('[Task](http://localhost/tasks/1)')
    expect(body).toContain('for the agent `x`')
    expect(pullRequestBody({ ...facts, summary: null })).toMatch(/^<details>/)
  })
})
