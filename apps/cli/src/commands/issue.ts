import type { Command } from 'commander'
import type { Act } from '../act.ts'
import { paged } from './values.ts'

const REPO = 'its name, or the beginning or end of its id'

/** `optio issue …` */
export function defineIssueCommands(issue: Command, act: Act): void {
  paged(
    issue
      .command('list')
      .description('list issues of the connected repositories, those nobody is assigned to first')
      .option('--repo <repo>', `only of one repository: ${REPO}`)
      .option('--state <state>', 'open, closed or all (default: open)')
      .option('-s, --search <words>', 'words of the title, or the number'),
  ).action(act(async () => (await import('../issue/list.ts')).list))
  issue
    .command('assign')
    .argument('<issue>', 'owner/name#42, its address, or its number with --repo')
    .description('have a task made of an issue; one that has a task keeps it')
    .option('--repo <repo>', `the repository of a number: ${REPO}`)
    .option('--title <title>', 'title of the task (default: that of the issue)')
    .option('--body <file>', 'what to do instead of what the issue says; `-` reads it from standard input')
    .option('--agent <type>', "agent (default: the repository's)")
    .option('--model <model>', 'model it uses')
    .action(act(async () => (await import('../issue/assign.ts')).assign))
  issue
    .command('sync')
    .argument('[repo]', `${REPO} (default: all of them)`)
    .description('read the issues again now')
    .action(act(async () => (await import('../issue/sync.ts')).sync))
}
