import type { AttemptContext } from './decision.ts'
import { fenced, shellWord } from './prompts/foreign.ts'
import { commitSection, sections } from './prompts/sections.ts'
import type { AttemptReason } from './run-state.ts'
import { cutBytes, oneLine } from './text.ts'

export interface PromptRequest {
  readonly run: {
    readonly title: string
    readonly prompt: string
    readonly branch: string
    readonly baseRef: string
  }
  readonly attempt: {
    readonly reason: AttemptReason
    readonly purpose: 'commit' | null
    readonly context: AttemptContext
    /** True when the agent goes on in a session that has the whole task already: then a long task is only cited. */
    readonly resumesSession?: boolean
  }
}

/** Of a task that the session has already, this many bytes are repeated. */
const CITED_TASK_BYTES = 8 * 1024

/**
 * What an agent is told. First why it is called (but on the first attempt), then what is wrong, then the task itself, then
 * how to work here. The task and a person's further words are instructions; everything else from outside is marked as data.
 */
export function buildPrompt({ run, attempt }: PromptRequest): string {
  const { context, purpose } = attempt
  const parts = [
    `# ${oneLine(run.title, 500)}`,
    ...opening(attempt.reason, purpose),
    ...(context.personPrompt ? [`## Further instructions\n\n${context.personPrompt}`] : []),
    ...(purpose === 'commit' ? [commitSection(context.dirtyFiles ?? [])] : sections(context, run)),
    taskSection(run.prompt, attempt.resumesSession ?? false),
    rulesSection(run, attempt.reason),
  ]
  return `${parts.join('\n\n')}\n`
}

const OPENINGS: Readonly<Record<AttemptReason, string | null>> = {
  first: null,
  ci_failed: 'Your work is in a pull request, and its checks failed. Mend what is wrong and commit.',
  review: 'Your work is in a pull request, and its reviewers want changes. Make them and commit.',
  conflict: 'Your work is in a pull request that no longer fits its base branch. Make it fit and commit.',
  retry:
    'The attempt before this one failed. Its work is still here: look at it first, then go on with the task.',
  resume: 'A person asks you to go on with this task. What was done so far is still here.',
  restart:
    'Work on this task was interrupted or is started afresh. What was done so far is still here: look at it first (git status, git log), then go on.',
}

function opening(reason: AttemptReason, purpose: 'commit' | null): string[] {
  if (purpose === 'commit') return []
  const words = OPENINGS[reason]
  return words === null ? [] : [words]
}

function taskSection(prompt: string, known: boolean): string {
  const cited = known ? cutBytes(prompt, CITED_TASK_BYTES) : prompt
  const note = cited === prompt ? '' : '\n\n(You were given the whole task at the beginning of this session.)'
  return `## The task\n\n${cited}${note}`
}

function rulesSection(run: PromptRequest['run'], reason: AttemptReason): string {
  const rules = [
    'You are in a clone of the repository, on the branch that is made for this task. Stay on it.',
    'Commit your work there, with messages that say what changed and why. Only commits count.',
    'Never push, and do not open a pull request: Optio publishes your commits, opens the pull request and merges it.',
    'Be done when the task is done: leave no uncommitted files, and end with a short summary of what you did.',
  ]
  if (reason !== 'first' && run.branch !== '') {
    rules.push(
      `If others pushed to this branch meanwhile, take their commits over first: git fetch origin && git rebase ${shellWord(`origin/${run.branch}`)}`,
    )
  }
  return `## How to work here\n\n${rules.map((rule) => `- ${rule}`).join('\n')}`
}

const PULL_REQUEST_TITLE_CHARACTERS = 200
const PULL_REQUEST_PART_BYTES = 16 * 1024

/**
 * Title and body of the pull request. Task and summary come from people and agents: they stand in fences, where a forge
 * neither notifies the names nor closes the issues they mention.
 */
export function pullRequestText(request: {
  readonly title: string
  readonly prompt: string
  /** What the agent says it did; null when it said nothing. */
  readonly resultSummary: string | null
}): { title: string; body: string } {
  const title = oneLine(request.title, PULL_REQUEST_TITLE_CHARACTERS)
  const parts = [
    '## Task',
    'As it was given to the agent:',
    fenced(request.prompt, PULL_REQUEST_PART_BYTES),
    ...(request.resultSummary?.trim()
      ? [
          '## What the agent says it did',
          'Written by the agent; nobody has checked it:',
          fenced(request.resultSummary, PULL_REQUEST_PART_BYTES),
        ]
      : []),
    '---',
    'Opened by Optio, which also watches the checks and reviews.',
  ]
  return { title: title === '' ? 'Changes by Optio' : title, body: parts.join('\n\n') }
}
