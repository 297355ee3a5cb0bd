import type { Command } from 'commander'
import type { Act } from '../act.ts'

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
}
