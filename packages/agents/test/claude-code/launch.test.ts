import { describe, expect, test } from 'vitest'
import {
  AGENT_REQUIREMENTS,
  AGENT_TYPES,
  claudeCodeAgent,
  type LaunchRequest,
  requirementsOf,
} from '../../src/index.ts'

const REQUEST: LaunchRequest = {
  taskId: 'task',
  runId: 'run',
  attempt: 1,
  reason: 'first',
  resumeSessionId: null,
  model: null,
  maxTurns: null,
  budgetLeftUsd: null,
  agentCommand: ['never', 'used'],
  promptFile: '/env/prompt',
  cloneDir: '/env/clone',
  homeDir: '/env/home',
  tmpDir: '/env/tmp',
  inherited: { PATH: '/bin', LANG: 'C.UTF-8', HOME: '/root', SECRET: 's' },
  granted: { ANTHROPIC_API_KEY: 'sk-ant-the-key' },
}

const argvOf = (change: Partial<LaunchRequest> = {}) => claudeCodeAgent.launch({ ...REQUEST, ...change }).argv

describe('launching Claude Code', () => {
  test('it runs headless, asks nobody, and gets its prompt on standard input', () => {
    const { argv, promptOnStdin } = claudeCodeAgent.launch(REQUEST)
    expect(argv.slice(0, 6)).toEqual([
      'claude',
      '--print',
      '--output-format',
      'stream-json',
      '--verbose',
      '--dangerously-skip-permissions',
    ])
    expect(promptOnStdin).toBe(true)
  })

  test('session, model, turns and budget are passed on when there are any, as words of their own', () => {
    expect(argvOf().join(' ')).not.toMatch(/--(resume|model|max-turns|max-budget-usd)/)
    const argv = argvOf({
      resumeSessionId: '--danger',
      model: 'opus; rm -rf /',
      maxTurns: 7,
      budgetLeftUsd: '1.25',
    })
    expect(argv.slice(-4)).toEqual([
      '--model=opus; rm -rf /',
      '--max-turns=7',
      '--max-budget-usd=1.25',
      '--resume=--danger',
    ])
  })

  test('the credential is in the environment and never an argument', () => {
    const { argv, env } = claudeCodeAgent.launch(REQUEST)
    expect(env.ANTHROPIC_API_KEY).toBe('sk-ant-the-key')
    expect(argv.join('\0')).not.toContain('sk-ant-the-key')
  })

  test('its environment is exactly what it is granted, its own places, and how it behaves', () => {
    expect(claudeCodeAgent.launch(REQUEST).env).toEqual({
      PATH: '/bin',
      LANG: 'C.UTF-8',
      HOME: '/env/home',
      TMPDIR: '/env/tmp',
      ANTHROPIC_API_KEY: 'sk-ant-the-key',
      CLAUDE_CONFIG_DIR: '/env/home/.claude',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_MAX_RETRIES: '3',
      IS_SANDBOX: '1',
    })
  })

  test('what is granted cannot move its home', () => {
    const granted = { HOME: '/home/somebody', CLAUDE_CONFIG_DIR: '/home/somebody/.claude' }
    expect(claudeCodeAgent.launch({ ...REQUEST, granted }).env).toMatchObject({
      HOME: '/env/home',
      CLAUDE_CONFIG_DIR: '/env/home/.claude',
    })
  })

  test.each([
    [{}, 'https://api.anthropic.com'],
    [{ ANTHROPIC_BASE_URL: 'http://gateway.test' }, 'http://gateway.test'],
  ])('where its requests go is said above the repository’s own settings (%j)', (granted, url) => {
    const argv = argvOf({ granted })
    const settings = JSON.parse(argv[argv.indexOf('--settings') + 1] ?? '')
    expect(settings).toEqual({ env: { ANTHROPIC_BASE_URL: url } })
  })
})

describe('what is said to Claude Code', () => {
  test('is a line each, with its id; what interrupts is preceded by the request to break off', () => {
    const message = { id: 'a1', content: 'Two\nlines.', mode: 'soft' } as const
    const user = {
      type: 'user',
      message: { role: 'user', content: [{ type: 'text', text: 'Two\nlines.' }] },
      parent_tool_use_id: null,
      session_id: '',
      uuid: 'a1',
    }
    const linesFor = (mode: 'soft' | 'interrupt') =>
      claudeCodeAgent.conversation?.linesFor({ ...message, mode }).map((line) => JSON.parse(line))
    expect(linesFor('soft')).toEqual([user])
    expect(linesFor('interrupt')).toEqual([
      { type: 'control_request', request_id: 'interrupt-a1', request: { subtype: 'interrupt' } },
      user,
    ])
  })

  test('is no command of its own, whatever it begins with', () => {
    const [line = ''] =
      claudeCodeAgent.conversation?.linesFor({ id: 'a', content: '/clear', mode: 'soft' }) ?? []
    expect(JSON.parse(line).message.content[0].text).toBe(' /clear')
  })
})

describe('requirements', () => {
  test('are known of every agent type, and of no other', () => {
    expect(AGENT_REQUIREMENTS.map(({ agentType }) => agentType).sort()).toEqual([...AGENT_TYPES].sort())
    expect(requirementsOf('no-such-agent')).toBeNull()
  })

  test('name no secret among the settings', () => {
    for (const { credentials, settings } of AGENT_REQUIREMENTS) {
      expect(settings.filter((name) => credentials.some(({ variable }) => variable === name))).toEqual([])
      expect(settings.filter((name) => /KEY|TOKEN|SECRET|PASSWORD/.test(name))).toEqual([])
    }
  })
})
