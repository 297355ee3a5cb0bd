import type { PromptTemplateKind } from '../definitions.ts'

/** A variable that templates of a kind may use. */
export interface KnownVariable {
  readonly name: string
  readonly description: string
  readonly example: string
}

type Row = readonly [name: string, description: string, example: string]

const GENERAL: readonly Row[] = [
  ['title', 'Title of the task, on one line.', 'Mend the parser'],
  ['task', 'What is to be done, in the words of whoever wrote the task.', 'Make parse("") answer null.'],
  ['task_id', 'Id of the task.', '0190f3a2-5c1e-7cc3-9a55-6c0d3d2f7b10'],
  [
    'rules',
    'How to work so that the work counts, with a heading. Appended when it is left out.',
    '## How to work here',
  ],
  [
    'opening',
    'Why the agent is called once more; empty the first time.',
    'The attempt before this one failed.',
  ],
  [
    'instructions',
    'Further words of the person who resumed or restarted it; empty without any.',
    'Use the old parser.',
  ],
  [
    'problems',
    'Everything that is wrong, each with a heading and the facts marked as data.',
    '## Failed checks',
  ],
  ['previous_error', 'Of the problems: how the attempt before ended.', '## How the attempt before ended'],
  ['ticket', 'Number or key of the ticket it was made from; empty without one.', '42'],
]

const DEPENDENCIES: Row = [
  'dependencies',
  'What the tasks it depends on were and came to, marked as data; empty without any.',
  '## What was done before',
]

const REPOSITORY: readonly Row[] = [
  ['repo', 'Name of the repository.', 'acme/parser'],
  ['repo_url', 'Address of the repository.', '/srv/git/parser.git'],
  ['branch', 'Branch of the task.', 'optio/mend-the-parser-1'],
  ['base', 'Branch it is to be merged into.', 'main'],
  ['pr_number', 'Number of the pull request; empty while there is none.', '7'],
  ['auto_merge', 'Whether Optio merges by itself; to be asked by if.', 'true'],
  ['test_command', 'What the repository has for checks; empty without one.', 'npm test'],
]

const CODING: readonly Row[] = [
  ['failed_checks', 'Of the problems: checks that failed, with the ends of their logs.', '## Failed checks'],
  [
    'requested_changes',
    'Of the problems: what reviewers want changed, in reviews and in remarks on lines.',
    '## Requested changes',
  ],
  [
    'others_commits',
    'Of the problems: that others pushed to the branch, and how to take it over.',
    '## Commits by others',
  ],
  ['conflict', 'Of the problems: which files conflict, and how to rebase.', '## Conflict'],
  ['uncommitted_files', 'Of the problems: files that were left uncommitted.', '## Uncommitted files'],
  DEPENDENCIES,
]

/** Names that older templates have for the same. */
const OLDER: readonly Row[] = [
  ['TASK_TITLE', 'Older name of title.', 'Mend the parser'],
  ['TASK_BODY', 'Older name of task.', 'Make parse("") answer null.'],
  ['TASK_ID', 'Older name of task_id.', '0190f3a2-5c1e-7cc3-9a55-6c0d3d2f7b10'],
  ['ISSUE_NUMBER', 'Older name of ticket.', '42'],
]

const OLDER_OF_REPOSITORY: readonly Row[] = [
  ['REPO_NAME', 'Older name of repo.', 'acme/parser'],
  ['BRANCH_NAME', 'Older name of branch.', 'optio/mend-the-parser-1'],
  ['BASE_BRANCH', 'Older name of base.', 'main'],
  ['AUTO_MERGE', 'Older name of auto_merge.', 'true'],
  ['PR_NUMBER', 'Older name of pr_number.', '7'],
  ['TEST_COMMAND', 'Older name of test_command.', 'npm test'],
]

const OF_CODING = [...GENERAL, ...CODING, ...REPOSITORY, ...OLDER, ...OLDER_OF_REPOSITORY]

const ROWS: Readonly<Record<PromptTemplateKind, readonly Row[]>> = {
  prompt: OF_CODING,
  ci_fix: OF_CODING,
  review_fix: OF_CODING,
  conflict_fix: OF_CODING,
  review: [
    ...GENERAL.filter(([name]) => name !== 'task'),
    ['task', 'The task that the change is for, marked as data.', 'The block below is the task.'],
    [
      'summary',
      'What the author says was done, marked as data; empty without any.',
      'The block below is the summary.',
    ],
    ['head', 'The commit that is reviewed.', '2f1c0a9d5b7e4c3f8a6d1e0b9c8f7a6e5d4c3b2a'],
    ['base_sha', 'The commit it is compared with.', '9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b'],
    ...REPOSITORY,
    ...OLDER,
    ...OLDER_OF_REPOSITORY,
  ],
  job: [...GENERAL, DEPENDENCIES, ...OLDER],
  task: [
    ['title', 'Title of the task.', 'Mend the parser'],
    ['body', 'What is to be done.', 'Make parse("") answer null.'],
  ],
}

/** What templates of this kind may use; besides them, a template for tasks may use its own parameters. */
export function variablesOf(kind: PromptTemplateKind): KnownVariable[] {
  return ROWS[kind].map(([name, description, example]) => ({ name, description, example }))
}
