import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { collect, creates, wholeNumber } from './values.ts'

const WHICH = 'its path, its name, or the beginning or end of its id'

/** `optio repo …` */
export function defineRepoCommands(repo: Command, act: Act): void {
  const add = repo
    .command('add')
    .argument('[path]', 'the repository (default: the current directory)')
    .description('connect a repository')
    .option('--name <name>', 'what it is called')
    .option('--branch <branch>', 'base of its pull requests (default: its own default branch)')
    .option('--agent <type>', 'agent of its tasks')
    .option(
      '--agent-command <argv...>',
      'program and arguments of an agent of type `command`; last of all options',
    )
    .option('--model <model>', 'model its agents use')
    .option('--setup <script>', 'what prepares a fresh clone')
    .option('--test <script>', 'the check of its pull requests')
    .option('--detect', 'take the set-up and the check that its own files suggest')
    .option('--auto-merge', 'merge by itself what is checked')
    .option('--merge-method <method>', 'squash, merge or rebase')
    .option('--budget <usd>', 'most a task may cost, such as 2.50')
    .option('--max-turns <count>', 'most turns of an attempt', wholeNumber)
    .option('--set <key=value>', 'any other setting; as often as you like', collect)
  creates(add).action(act(async () => (await import('../repo/add.ts')).add))
  repo
    .command('list')
    .description('list the connected repositories')
    .action(act(async () => (await import('../repo/show.ts')).list))
  repo
    .command('show')
    .argument('[repo]', WHICH)
    .description('show a repository and its settings')
    .action(act(async () => (await import('../repo/show.ts')).show))
  repo
    .command('set')
    .argument('<repo>', WHICH)
    .argument('<settings...>', 'key=value; an empty value takes a setting back')
    .description('change settings of a repository')
    .action(act(async () => (await import('../repo/set.ts')).set))
  repo
    .command('detect')
    .argument('[repo]', WHICH)
    .description("say what the repository's own files suggest for its settings; changes nothing")
    .action(act(async () => (await import('../repo/set.ts')).detect))
  repo
    .command('remove')
    .argument('<repo>', WHICH)
    .description('disconnect a repository; nothing in it is touched')
    .option('--yes', 'do not ask')
    .action(act(async () => (await import('../repo/remove.ts')).remove))
}
