import type { Command } from 'commander'
import type { Act, Action } from '../act.ts'

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
    .description('do not wait for the end of a pause between tries')
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
}
