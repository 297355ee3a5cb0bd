import type { REPO_SETTINGS } from '@optio/contract'
import { usage } from '../cli-error.ts'
import { timeSpan } from '../commands/values.ts'

type Setting = (typeof REPO_SETTINGS)[number] | 'fullName' | 'defaultBranch' | 'isPrivate'
type Kind = 'text' | 'number' | 'yes-no' | 'time' | 'argv'

/** How each setting is written on the command line. */
const KINDS: Readonly<Record<Setting, Kind>> = {
  defaultAgentType: 'text',
  agentCommand: 'argv',
  model: 'text',
  maxTurnsCoding: 'number',
  setupCommands: 'text',
  testCommand: 'text',
  autoMerge: 'yes-no',
  mergeMethod: 'text',
  cautiousMode: 'yes-no',
  autoResume: 'yes-no',
  maxAutoResumes: 'number',
  maxConcurrentTasks: 'number',
  stallThresholdMs: 'time',
  maxAttemptMs: 'time',
  budgetUsd: 'text',
  promptTemplateOverride: 'text',
  reviewEnabled: 'yes-no',
  reviewTrigger: 'text',
  reviewAgentType: 'text',
  reviewModel: 'text',
  reviewPromptTemplate: 'text',
  maxTurnsReview: 'number',
  maxReviewRounds: 'number',
  onDependencyFailure: 'text',
  deleteBranchOnMerge: 'yes-no',
  closeOnCancel: 'yes-no',
  closeIssueOnMerge: 'yes-no',
  requestsFrom: 'text',
  agentSecrets: 'argv',
  fullName: 'text',
  defaultBranch: 'text',
  isPrivate: 'yes-no',
}

const YES = ['true', 'yes', 'on', '1']
const NO = ['false', 'no', 'off', '0']

/** `key=value` words as fields of a request. An empty value is null: the setting is taken back. */
export function parseSettings(words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=')
      if (at <= 0) throw usage(`“${word}” is no setting: write it as key=value.`)
      const key = word.slice(0, at)
      return [key, parseValue(key, word.slice(at + 1))]
    }),
  )
}

function parseValue(key: string, text: string): unknown {
  if (!Object.hasOwn(KINDS, key)) {
    throw usage(`There is no setting “${key}”. There are: ${Object.keys(KINDS).join(', ')}.`)
  }
  if (text === '') return null
  switch (KINDS[key as Setting]) {
    case 'text':
      return text
    case 'number':
      if (!/^\d{1,9}$/.test(text)) throw usage(`${key} is a whole number, not “${text}”.`)
      return Number(text)
    case 'yes-no':
      if (YES.includes(text)) return true
      if (NO.includes(text)) return false
      throw usage(`${key} is yes or no, not “${text}”.`)
    case 'time':
      return parseTime(key, text)
    case 'argv':
      return parseArgv(key, text)
  }
}

function parseTime(key: string, text: string): number {
  try {
    // As in the interface, a bare number is milliseconds here: the setting's name says so.
    return timeSpan(/^\d+$/.test(text) ? `${text}ms` : text)
  } catch {
    throw usage(`${key} is a time such as 90s, 15m or 2h, not “${text}”.`)
  }
}

/** A JSON array, or words between spaces: never given to a shell. */
function parseArgv(key: string, text: string): string[] {
  if (!text.startsWith('[')) return text.split(/\s+/).filter((word) => word !== '')
  try {
    const argv: unknown = JSON.parse(text)
    if (Array.isArray(argv) && argv.every((each) => typeof each === 'string')) return argv
  } catch {
    // Said below.
  }
  throw usage(`${key} is words, or a JSON array of strings such as ["my-agent","--flag"].`)
}
