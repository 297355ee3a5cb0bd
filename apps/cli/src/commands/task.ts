import { Argument, type Command, Option } from 'commander'
import type { Act } from '../act.ts'
import { defineTaskActions } from './task-actions.ts'
import { defineTaskParts } from './task-parts.ts'
import { collect, creates, paged, timeSpan, wholeNumber } from './values.ts'

/** `optio task …` */
export function defineTaskCommands(task: Command, act: Act): void {
  const create = task
    .command('new')
    .argument(
      '[prompt...]',
      'what is to be done; `-` reads it from standard input; without it your editor opens',
    )
    .description('give a task to an agent')
    .option('--template <template>', 'task template, by name or id: what is not said here is taken from it')
    .option('--title <title>', 'its title (default: the first line of the prompt)')
    .option('--repo <repo>', 'path, name or id of the repository (default: that of the current directory)')
    .option('--branch <branch>', 'base of its pull request')
    .option('--agent <type>', 'agent that does it')
    .option('--model <model>', 'model the agent uses')
    .option('--priority <number>', '0 to 1000; lower goes first', wholeNumber)
    .option('--budget <usd>', 'most it may cost, such as 2.50')
    .option('--max-turns <count>', 'most turns of an attempt', wholeNumber)
    .option('--max-retries <count>', 'how often a failed attempt is repeated', wholeNumber)
    .option(
      '--metadata <json>',
      'JSON object of your own, or a file with one; `-` reads it from standard input',
    )
    .option('--after <task>', 'wait until that task is completed; as often as you like', collect)
    .option('--wait', 'wait until it is finished or needs a person; the exit code says which')
    .option('--follow', 'show its log meanwhile, and wait likewise')
  creates(create).action(act(async () => (await import('../task/new.ts')).create, { interruptible: true }))
  const list = task
    .command('list')
    .description('list tasks, newest first')
    .option('--type <type>', 'repo-task (default), repo-blueprint, standalone, or all of them as one list')
    .option('--state <state>', 'only those in this state; as often as you like', collect)
    .option(
      '--waiting-on <whom>',
      'only those that wait for this, such as person; as often as you like',
      collect,
    )
    .option('--repo <repo>', 'only those of this repository')
    .option('--agent <type>', 'only those of this agent')
    .option('--search <words>', 'only those with these words in title or prompt')
    .option(
      '--since <time>',
      'only those created then or later: a date (its beginning in UTC), or 2030-01-31T09:00:00Z',
    )
    .option('--until <time>', 'only those created up to then')
    .option('--by <author>', 'only those that this one created')
    .option('--parent <task>', 'only subtasks of this task')
  paged(list).action(act(async () => (await import('../task/list.ts')).list))
  task
    .command('show')
    .argument('<task>', 'beginning or end of its id')
    .description('show a task, why it waits and what would change that')
    .action(act(async () => (await import('../task/show.ts')).show))
  task
    .command('logs')
    .argument('<task>', 'beginning or end of its id')
    .description('print the log of a task')
    .option('-f, --follow', 'go on with what comes, until the task is finished')
    .option('--since-seq <seq>', 'only entries after this one', wholeNumber)
    .option(
      '--type <type>',
      'only entries of this type: text, tool_use, tool_result, thinking, system, error, info',
    )
    .option('--search <words>', 'only entries with these words')
    .option('--limit <count>', 'only the last so many', wholeNumber)
    .addOption(
      new Option('--export <format>', 'all of it as a file: json, plaintext or markdown').conflicts([
        'follow',
        'sinceSeq',
        'type',
        'search',
        'limit',
      ]),
    )
    .action(act(async () => (await import('../task/logs.ts')).logs, { interruptible: true }))
  task
    .command('attempts')
    .argument('<task>', 'beginning or end of its id')
    .description('list the launches of its agent')
    .action(act(async () => (await import('../task/history.ts')).attempts))
  task
    .command('events')
    .argument('<task>', 'beginning or end of its id')
    .description('its history: every step with its reason')
    .action(act(async () => (await import('../task/history.ts')).events))
  task
    .command('diff')
    .argument('<task>', 'beginning or end of its id')
    .description('what its pull request changes')
    .option('--stat', 'only which files, and how much')
    .action(act(async () => (await import('../task/diff.ts')).diff))
  const review = task
    .command('review')
    .argument('<task>', 'beginning or end of its id')
    .addArgument(new Argument('<verdict>', 'what you say').choices(['approve', 'request-changes', 'comment']))
    .description('review its pull request as it is now')
    .option('--body <text>', 'what you have to say; `-` reads it from standard input')
    .option('--file <path>', 'say it about this file')
    .option('--line <number>', 'and about this line of it', wholeNumber)
    .option('--comment <path:line:text>', 'a comment on a line; as often as you like', collect)
  creates(review).action(act(async () => (await import('../task/review.ts')).review))
  const requestReview = task
    .command('request-review')
    .argument('<task>', 'beginning or end of its id')
    .description('have an agent review its pull request as it is now')
    .option('--prompt <text>', 'what the reviewer is told besides; `-` reads it from standard input')
    .option('--agent <type>', 'agent that reviews')
    .option('--model <model>', 'model the agent uses')
    .option('--wait', 'wait until the review is finished; the exit code says what became of it')
  creates(requestReview).action(
    act(async () => (await import('../task/request-review.ts')).requestReview, { interruptible: true }),
  )
  task
    .command('wait')
    .argument('<task>', 'beginning or end of its id')
    .description('wait until it is finished or needs a person; the exit code says which')
    .option('--timeout <time>', 'give up after this time, such as 30m', timeSpan)
    .action(act(async () => (await import('../task/wait.ts')).wait, { interruptible: true }))
  defineTaskActions(task, act)
  defineTaskParts(task, act)
}
