import type { Command } from 'commander'
import type { Act, Action } from '../act.ts'
import { wholeNumber } from './values.ts'

const WHICH = 'beginning or end of its id'

/** Those of `optio task …` that do one thing to one task. */
export function defineTaskActions(task: Command, act: Act): void {
  const control = (name: keyof typeof import('../task/control.ts')) => async () =>
    (await import('../task/control.ts'))[name] as Action
  task
    .command('merge')
    .argument('<task>', WHICH)
    .description('merge its pull request')
    .option('--force', 'although checks fail or an approval is missing; never over a conflict')
    .option('--method <method>', 'squash, merge or rebase')
    .action(act(control('merge')))
  task
    .command('close')
    .argument('<task>', WHICH)
    .description('close its pull request without merging; ends the task')
    .action(act(control('close')))
  task
    .command('cancel')
    .argument('<task>', WHICH)
    .description('end it; returns when every process of it is gone')
    .action(act(control('cancel')))
  task
    .command('retry')
    .argument('<task>', WHICH)
    .description('queue a failed or cancelled task again')
    .action(act(control('retry')))
  task
    .command('resume')
    .argument('<task>', WHICH)
    .argument('[prompt...]', 'what the agent is told')
    .description('go on with a task that needs attention or failed')
    .action(act(control('resume')))
  task
    .command('restart')
    .argument('<task>', WHICH)
    .argument('[prompt...]', 'what the agent is told')
    .description('a fresh session of the agent on the branch of the pull request')
    .action(act(control('restart')))
  task
    .command('redo')
    .argument('<task>', WHICH)
    .description('start from scratch on a fresh branch')
    .action(act(control('redo')))
  task
    .command('run-now')
    .argument('<task>', WHICH)
    .description('do not wait for the end of a pause between tries; starts one that is held')
    .action(act(control('runNow')))
  task
    .command('delete')
    .argument('<task>', WHICH)
    .description('delete it with its log and its environment; what runs is stopped first')
    .option('--yes', 'do not ask')
    .action(act(control('remove')))
  task
    .command('open')
    .argument('<task>', WHICH)
    .description('print where its work is on this machine')
    .option('--enter', 'open a shell there')
    .option('--web', 'open its page in the browser')
    .action(act(async () => (await import('../task/open.ts')).open))
  task
    .command('edit')
    .argument('<task>', WHICH)
    .description('change an unfinished task')
    .option('--title <title>', 'its title')
    .option('--priority <number>', '0 to 1000; lower goes first', wholeNumber)
    .option('--budget <usd>', 'most it may cost, such as 2.50; an empty value takes the cap away')
    .option('--blocks', 'its parent is not merged before it is completed')
    .option('--no-blocks', 'its parent does not wait for it')
    .option(
      '--metadata <json>',
      'JSON object of your own, or a file with one; `-` reads it from standard input',
    )
    .action(act(async () => (await import('../task/edit.ts')).edit))
  const bulk = (name: keyof typeof import('../task/bulk.ts')) => async () =>
    (await import('../task/bulk.ts'))[name] as Action
  task
    .command('reorder')
    .argument('<tasks...>', 'waiting tasks, the first one first')
    .description('give waiting tasks priorities by their order here')
    .action(act(bulk('reorder')))
  task
    .command('retry-failed')
    .description('queue every failed task again')
    .action(act(bulk('retryFailed')))
  task
    .command('cancel-active')
    .description('cancel every task that waits or runs')
    .option('--yes', 'do not ask')
    .action(act(bulk('cancelActive')))
}
