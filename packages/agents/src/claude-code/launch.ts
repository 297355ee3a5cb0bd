import { join } from 'node:path'
import type { Launch, LaunchRequest } from '../adapter.ts'

const INHERITED = ['PATH', 'LANG', 'TERM', 'USER'] as const

/**
 * Tools that make no sense in a process that ends when the task is done, where nobody answers questions, and where only the
 * branch of the clone counts.
 */
const NOT_HERE = [
  'AskUserQuestion',
  'CronCreate',
  'CronDelete',
  'CronList',
  'EnterWorktree',
  'ExitWorktree',
  'ScheduleWakeup',
] as const

/** Where requests go unless Optio's own environment says otherwise. */
const DEFAULT_BASE_URL = 'https://api.anthropic.com'

/** Retries of a request that failed. The CLI's own default, ten, takes three minutes to say that a key is wrong. */
const RETRIES = 3

/**
 * One headless run that asks nobody anything: what it may touch is a matter of Optio's isolation. The prompt comes on
 * standard input, because arguments can be seen by every process of the machine and are limited in length.
 */
export function launch(request: LaunchRequest): Launch {
  const { model, maxTurns, budgetLeftUsd, resumeSessionId } = request
  const baseUrl = request.granted.ANTHROPIC_BASE_URL ?? DEFAULT_BASE_URL
  return {
    argv: [
      'claude',
      '--print',
      ...['--output-format', 'stream-json', '--verbose'],
      '--dangerously-skip-permissions',
      // Messages while it works, and its word that it has heard them.
      ...['--input-format', 'stream-json', '--replay-user-messages'],
      // Not `local`: settings that are in no commit are left-overs of an earlier attempt.
      ...['--setting-sources', 'user,project'],
      ...['--disallowedTools', NOT_HERE.join(',')],
      // Above the repository's own: what it says must not send requests, and the credential with them, elsewhere.
      ...['--settings', JSON.stringify({ env: { ANTHROPIC_BASE_URL: baseUrl } })],
      // As one word, so that a value that begins with a dash is a value.
      ...(model === null ? [] : [`--model=${model}`]),
      ...(maxTurns === null ? [] : [`--max-turns=${maxTurns}`]),
      ...(budgetLeftUsd === null ? [] : [`--max-budget-usd=${budgetLeftUsd}`]),
      ...(resumeSessionId === null ? [] : [`--resume=${resumeSessionId}`]),
    ],
    env: environment(request),
    promptOnStdin: true,
  }
}

function environment({ inherited, granted, homeDir, tmpDir }: LaunchRequest): Record<string, string> {
  const env: Record<string, string> = {}
  for (const name of INHERITED) {
    const value = inherited[name]
    if (value !== undefined) env[name] = value
  }
  return {
    ...env,
    ...granted,
    HOME: homeDir,
    TMPDIR: tmpDir,
    // Sessions are kept here. The run's own, so that nobody's settings or hooks come in, and an attempt finds the session
    // of the one before.
    CLAUDE_CONFIG_DIR: join(homeDir, '.claude'),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_MAX_RETRIES: String(RETRIES),
    // As root it refuses to work without asking unless it is told that it is isolated.
    IS_SANDBOX: '1',
  }
}
