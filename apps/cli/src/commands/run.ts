import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { creates, paged, timeSpan } from './values.ts'

const DEFINITION = 'blueprint or standalone task: its name, or the beginning or end of its id'
const RUN = 'beginning or end of its id'
const PARAMS = 'key=value, or key:=json'
const FILE = 'JSON object with the parameters; `-` reads it from standard input'

/** `optio run …` */
export function defineRunCommands(run: Command, act: Act): void {
  creates(
    run
      .command('start')
      .argument('<definition>', DEFINITION)
      .argument('[params...]', PARAMS)
      .description('run one now')
      .option('--params <file>', FILE)
      .option('--wait', 'wait until it is finished or needs a person; the exit code says which')
      .option('--follow', 'show its log meanwhile, and wait likewise'),
  ).action(act(async () => (await import('../run/start.ts')).start, { interruptible: true }))
  run
    .command('preview')
    .argument('<definition>', DEFINITION)
    .argument('[params...]', PARAMS)
    .description('what such a run would be told; starts nothing')
    .option('--params <file>', FILE)
    .action(act(async () => (await import('../run/start.ts')).preview))
  paged(
    run
      .command('list')
      .argument('<definition>', DEFINITION)
      .description('list the runs of one, newest first'),
  ).action(act(async () => (await import('../run/show.ts')).list))
  run
    .command('show')
    .argument('<run>', RUN)
    .description('show a run with its parameters and its output')
    .action(act(async () => (await import('../run/show.ts')).show))
  run
    .command('output')
    .argument('<run>', RUN)
    .description('print what its agent said at the end')
    .action(act(async () => (await import('../run/show.ts')).output))
  run
    .command('follow')
    .argument('<run>', RUN)
    .description('show its log until it is finished, and wait likewise')
    .action(act(async () => (await import('../run/show.ts')).follow, { interruptible: true }))
  run
    .command('wait')
    .argument('<run>', RUN)
    .description('wait until it is finished or needs a person; the exit code says which')
    .option('--timeout <time>', 'give up after this time, such as 30m', timeSpan)
    .action(act(async () => (await import('../run/show.ts')).wait, { interruptible: true }))
}
