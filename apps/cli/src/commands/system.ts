import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { paged } from './values.ts'

/** Commands about the server as a whole. */
export function defineSystemCommands(program: Command, act: Act): void {
  program
    .command('status')
    .description('whether Optio runs, where, what it does and what waits for you')
    .action(act(async () => (await import('../system/status.ts')).status))
  program
    .command('open')
    .description('open the pages in the browser, or print their address where there is none')
    .action(act(async () => (await import('../system/open.ts')).open))
  program
    .command('pause')
    .argument('[reason...]', 'shown to everybody')
    .description('start no new agents and no new checks; what runs goes on')
    .action(act(async () => (await import('../system/pause.ts')).pause))
  program
    .command('unpause')
    .description('start agents and checks again')
    .action(act(async () => (await import('../system/pause.ts')).unpause))
  paged(
    program
      .command('activity')
      .description('all that happened, newest first')
      .option('--people', 'only what people did'),
  ).action(act(async () => (await import('../task/activity.ts')).all))
  const setup = program.command('setup').description('the first steps')
  setup
    .command('status')
    .description('which of them are done')
    .action(act(async () => (await import('../system/setup.ts')).status))
  setup
    .command('complete')
    .description('declare them done')
    .action(act(async () => (await import('../system/setup.ts')).complete))
  const retention = program.command('retention').description('for how long things of finished tasks are kept')
  retention
    .command('show')
    .description('show it')
    .action(act(async () => (await import('../system/retention.ts')).show))
  retention
    .command('set')
    .argument(
      '<settings...>',
      'logsDays, eventsDays, deliveriesDays as key=value; an empty value keeps for ever',
    )
    .description('change it')
    .action(act(async () => (await import('../system/retention.ts')).set))
}
