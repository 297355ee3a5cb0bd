import type { Command } from 'commander'
import type { Act } from '../act.ts'
import type { DefinitionType } from '../definition/find.ts'
import { collect, creates, numberOrNothing, paged, timeSpan, wholeNumber } from './values.ts'

const WHICH = 'its name, or the beginning or end of its id'

/** `optio blueprint …` */
export function defineBlueprintCommands(blueprint: Command, act: Act): void {
  define(blueprint, act, 'repo-blueprint')
}

/** `optio standalone …`: the same words. */
export function defineStandaloneCommands(standalone: Command, act: Act): void {
  define(standalone, act, 'standalone')
}

function define(noun: Command, act: Act, type: DefinitionType): void {
  const create = noun
    .command('create')
    .argument(
      '[prompt...]',
      'template of the prompt; `-` reads it from standard input; without it your editor opens',
    )
    .description('save one')
    .option('--name <name>', 'what it is called (default: the title, else the first line of the prompt)')
  creates(settings(create, type))
    .option('--disabled', 'nothing runs it until it is enabled')
    .action(act(async () => (await import('../definition/save.ts')).create(type)))
  const list = noun.command('list').description('list them, newest first')
  if (type === 'repo-blueprint') list.option('--repo <repo>', 'only those of this repository')
  list
    .option('--agent <type>', 'only those of this agent')
    .option('--search <words>', 'only those with these words in title or prompt')
  paged(list).action(act(async () => (await import('../definition/show.ts')).list(type)))
  const one = (name: string) => noun.command(name).argument('<definition>', WHICH)
  one('show')
    .description('show one with its prompt and its parameters')
    .action(act(async () => (await import('../definition/show.ts')).show(type)))
  const edit = one('edit')
    .description('change one; runs that there are do not change')
    .option('--name <name>', 'what it is called')
    .option('--prompt <text>', 'template of the prompt; `-` reads it from standard input')
  settings(edit, type).action(act(async () => (await import('../definition/save.ts')).edit(type)))
  one('enable')
    .description('let it be run')
    .action(act(async () => (await import('../definition/save.ts')).switchTo(type, true)))
  one('disable')
    .description('let nothing run it; what runs goes on')
    .action(act(async () => (await import('../definition/save.ts')).switchTo(type, false)))
  one('delete')
    .description(
      type === 'standalone'
        ? 'delete one with its triggers and its runs; what runs is stopped first'
        : 'delete one with its triggers; tasks that were made from it stay',
    )
    .option('--yes', 'do not ask')
    .action(act(async () => (await import('../definition/show.ts')).remove(type)))
}

/** What can be said when one is created and when it is changed; there an empty value takes one back. */
function settings(command: Command, type: DefinitionType): Command {
  command
    .option('--title <template>', 'template of the titles of its runs')
    .option('--description <text>', 'what it is for')
  if (type === 'repo-blueprint') {
    if (command.name() === 'create') {
      command.option(
        '--repo <repo>',
        'path, name or id of the repository (default: that of the current directory)',
      )
    }
    command.option('--branch <branch>', 'base of the pull requests')
  }
  command.option('--agent <type>', 'agent that does it')
  if (type === 'standalone') {
    command.option(
      '--agent-command <argv...>',
      'program and arguments of an agent of type `command`; last of all options',
    )
  }
  command
    .option('--model <model>', 'model the agent uses')
    .option('--priority <number>', '0 to 1000; lower goes first', wholeNumber)
    .option('--budget <usd>', 'most a run may cost, such as 2.50')
    .option('--max-turns <count>', 'most turns of an attempt', numberOrNothing)
    .option('--max-retries <count>', 'how often a failed attempt is repeated', wholeNumber)
  if (type === 'standalone') {
    command
      .option('--max-concurrent <count>', 'how many of its runs may be at work at once', wholeNumber)
      .option('--setup <script>', 'what prepares the empty directory of a run')
      .option(
        '--env <name=value>',
        'variable its agents get, no place for secrets; as often as you like',
        collect,
      )
      .option('--max-time <time>', 'longest attempt, such as 30m', timeSpan)
      .option('--stall-after <time>', 'silence after which a run is shown as stalled', timeSpan)
  }
  return command
    .option('--params-schema <file>', 'JSON Schema of the parameters; `-` reads standard input')
    .option(
      '--file <file>',
      'JSON object with fields of the interface; options go over it; `-` reads standard input',
    )
}
