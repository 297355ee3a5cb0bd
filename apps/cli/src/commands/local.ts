import { Argument, type Command } from 'commander'
import type { Act } from '../act.ts'
import { timeSpan } from './values.ts'

/** Commands that work on this machine and not through the interface. */
export function defineLocalCommands(program: Command, act: Act): void {
  program
    .command('start')
    .description('run Optio in this terminal until it is stopped')
    .action(act(async () => (await import('../local/server.ts')).start))
  program
    .command('stop')
    .description('stop the Optio of this data directory; agents go on, and the next start takes them over')
    .option('--agents', 'end the agents too; the next start goes on with their tasks')
    .action(act(async () => (await import('../local/server.ts')).stop))
  program
    .command('demo')
    .description('a sample repository and a task, from the start to the merged pull request')
    .option('--exit', 'stop Optio when the pull request is merged')
    .option('--no-open', 'do not open the page of the task in the browser')
    .action(act(async () => (await import('../local/server.ts')).demo))
  program
    .command('doctor')
    .description('look at what this machine can run, and what to do about what is wrong')
    .option('--local', 'look from this program, also when a server could')
    .action(act(async () => (await import('../local/doctor.ts')).doctor))
  program
    .command('backup')
    .argument('<file>', 'where to write it; a file that exists is refused')
    .description('copy database and data directory into one file, also while Optio works')
    .option('--with-key', 'with the key of secrets: whoever has the file has them too')
    .option(
      '--pause [time]',
      'start no new agents and wait until none is at work, at most so long (1h)',
      timeSpan,
    )
    .action(act(async () => (await import('../local/backup.ts')).backup, { interruptible: true }))
  program
    .command('restore')
    .argument('<file>', 'what `optio backup` wrote')
    .description('bring a backup into an empty installation')
    .option('--check', 'only look whether the file is whole')
    .action(act(async () => (await import('../local/backup.ts')).restore))
  program
    .command('upgrade')
    .description(
      'say what an update does, what changed, and whether the database has to be brought up to date',
    )
    .action(act(async () => (await import('../local/upgrade.ts')).upgrade))
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'for which shell').choices(['bash', 'zsh', 'fish']))
    .description('print what completes the commands in your shell')
    .action(act(async () => (await import('../local/completion.ts')).completion))
}
