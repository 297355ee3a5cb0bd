import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { paged } from './values.ts'

const REPO = 'of one repository: its path, its name, or the beginning or end of its id'

/** `optio secret …` */
export function defineSecretCommands(secret: Command, act: Act): void {
  const scoped = (command: Command) =>
    command.option('--repo <repo>', REPO).option('--user', 'of your own (default: of everybody)')
  scoped(
    paged(
      secret.command('list').description('list secrets, what uses them and whether they work; never values'),
    ),
  ).action(act(async () => (await import('../secret/list.ts')).list))
  scoped(
    secret
      .command('set')
      .argument('<name>', 'the variable it is given as, such as NPM_TOKEN')
      .description('save a secret; asks for the value, or reads it from a pipe, and never takes an argument')
      .option('--file <file>', 'read the value from a file'),
  ).action(act(async () => (await import('../secret/set.ts')).set))
  scoped(
    secret.command('remove').argument('<name>').description('delete a secret').option('--yes', 'do not ask'),
  ).action(act(async () => (await import('../secret/remove.ts')).remove))
  secret
    .command('encryption')
    .description('say which key secrets are encrypted with')
    .action(act(async () => (await import('../secret/encryption.ts')).show))
  secret
    .command('rotate-key')
    .description('encrypt every secret with a new key; Optio goes on meanwhile')
    .action(act(async () => (await import('../secret/encryption.ts')).rotate))
}
