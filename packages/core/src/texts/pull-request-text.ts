import { formatUsd, type NanoUsd } from '../money.ts'
import { fenced, inlineCode } from '../prompts/foreign.ts'
import { oneLine } from '../text.ts'
import { fillTemplate, type Part } from './fill-template.ts'

const TITLE_CHARACTERS = 200
const PART_BYTES = 16 * 1024

/** What is told of a task in its pull request. */
export interface PullRequestFactsForText {
  readonly title: string
  readonly prompt: string
  /** What the agent says it did; null when it said nothing. */
  readonly resultSummary: string | null
  /** The issue it was made of, and whether a merge is to close it. */
  readonly issue?: { readonly number: number; readonly closes: boolean } | null
  readonly agent?: { readonly type: string; readonly model: string | null }
  readonly attempts?: number
  readonly cost?: { readonly usd: NanoUsd; readonly estimated: boolean }
  /** What the repository has for checks; null or left out without any. */
  readonly testCommand?: string | null
  readonly taskUrl?: string | null
  /** The repository's own template of such texts; null or left out where it has none. */
  readonly template?: string | null
}

/**
 * Title and body of the pull request. Task and summary come from people and agents: they stand in fences, where a forge neither
 * notifies the names nor closes the issues they mention. Where the repository has a template, that is what is filled in.
 */
export function pullRequestText(facts: PullRequestFactsForText): { title: string; body: string } {
  const title = oneLine(facts.title, TITLE_CHARACTERS)
  const parts = partsOf(facts)
  const text = facts.template?.trim()
    ? fillTemplate(facts.template, parts)
    : parts.map(({ heading, text }) => `## ${heading}\n\n${text}`).join('\n\n')
  const body = [text, '---', footer(facts)].join('\n\n')
  return { title: title === '' ? 'Changes by Optio' : title, body }
}

function partsOf(facts: PullRequestFactsForText): Part[] {
  const { issue, resultSummary } = facts
  const parts: Part[] = []
  if (issue) {
    const text = `${issue.closes ? 'Closes' : 'For'} #${issue.number}`
    parts.push({ place: 'issue', heading: 'Issue', text })
  } else {
    const text = `As it was given to the agent:\n\n${fenced(facts.prompt, PART_BYTES)}`
    parts.push({ place: 'task', heading: 'Task', text })
  }
  if (resultSummary?.trim()) {
    const text = `Written by the agent; nobody has checked it:\n\n${fenced(resultSummary, PART_BYTES)}`
    parts.push({ place: 'summary', heading: 'What the agent says it did', text })
  }
  const ran = whatRan(facts)
  if (ran.length > 0) parts.push({ place: 'tests', heading: 'What was run', text: ran.join('\n') })
  return parts
}

function whatRan({ agent, attempts, cost, testCommand }: PullRequestFactsForText): string[] {
  const lines: string[] = []
  if (agent) {
    const model = agent.model === null ? '' : `, model ${inlineCode(agent.model, 200)}`
    lines.push(`- Agent: ${inlineCode(agent.type, 100)}${model}`)
  }
  if (attempts !== undefined) lines.push(`- Attempts: ${attempts}`)
  if (testCommand) {
    lines.push(`- Test command of the repository: ${inlineCode(testCommand, 500)}`)
  }
  if (cost) lines.push(`- Cost so far: ${costWords(cost)}`)
  return lines
}

function costWords({ usd, estimated }: { readonly usd: NanoUsd; readonly estimated: boolean }): string {
  if (usd === 0n) return 'none was reported'
  return `$${formatUsd(usd)}${estimated ? ' (estimated)' : ''}`
}

function footer({ taskUrl }: PullRequestFactsForText): string {
  const task = taskUrl ? ` for [this task](${taskUrl})` : ''
  return `Opened by Optio${task}, which also watches the checks and reviews.`
}
