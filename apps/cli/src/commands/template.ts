import { Argument, type Command } from 'commander'
import type { Act, Action } from '../act.ts'
import { creates, numberOrNothing, paged } from './values.ts'

const WHICH = 'its name, or the beginning or end of its id'
const PARAMS = 'key=value, or key:=json'
const PARAMS_FILE = 'JSON object with the parameters; `-` reads it from standard input'
const KIND = 'prompt, ci_fix, review_fix, conflict_fix, review, job or task'

/** `optio template …` */
export function definePromptTemplateCommands(template: Command, act: Act): void {
  const show = (name: 'list' | 'show' | 'effective') => async () =>
    (await import('../template/show.ts'))[name] as Action
  const save = (name: 'create' | 'edit' | 'preview' | 'previewText' | 'remove') => async () =>
    (await import('../template/save.ts'))[name] as Action
  paged(
    template
      .command('list')
      .description('list prompt templates, newest first')
      .option('--kind <kind>', `only those of this kind: ${KIND}`)
      .option('--repo <repo>', 'only those of this repository'),
  ).action(act(show('list')))
  template
    .command('show')
    .argument('<template>', WHICH)
    .description('show one')
    .option('--text', 'only its text')
    .action(act(show('show')))
  template
    .command('effective')
    .argument('[kind]', KIND)
    .description('print the text that agents are given, and say where it is from')
    .option('--repo <repo>', 'agents of this repository (default: of one without any of its own)')
    .option('--built-in', "print Optio's own text instead, to begin another one with")
    .option('--variables', 'list what a template of this kind may use instead')
    .action(act(show('effective')))
  creates(
    settings(
      template
        .command('create')
        .argument('<file>', 'its text; `-` reads it from standard input')
        .description('save one')
        .option('--name <name>', 'what it is called (default: the name of the file)'),
    ),
  ).action(act(save('create')))
  settings(
    template
      .command('edit')
      .argument('<template>', WHICH)
      .description('change one; an empty value takes a setting back')
      .option('--name <name>', 'what it is called')
      .option('--file <file>', 'its text; `-` reads it from standard input'),
  ).action(act(save('edit')))
  template
    .command('preview')
    .argument('<template>', WHICH)
    .argument('[params...]', PARAMS)
    .description('render one; refuses what it names and nobody gave')
    .option('--params <file>', PARAMS_FILE)
    .action(act(save('preview')))
  template
    .command('preview-text')
    .argument('<file>', 'a text that is not saved; `-` reads it from standard input')
    .argument('[params...]', PARAMS)
    .description('render a text likewise')
    .option('--kind <kind>', `as one of this kind (default: prompt): ${KIND}`)
    .option('--params <file>', PARAMS_FILE)
    .action(act(save('previewText')))
  template
    .command('delete')
    .argument('<template>', WHICH)
    .description('delete one; agents are told by the next that holds')
    .option('--yes', 'do not ask')
    .action(act(save('remove')))
}

function settings(command: Command): Command {
  return command
    .option('--kind <kind>', KIND)
    .option('--description <text>', 'what it is for')
    .option('--repo <repo>', 'for this repository (default: for all that have none of their own)')
    .option('--agent <type>', 'agent it is meant for')
    .option('--params-schema <file>', 'JSON Schema of its parameters')
    .option('--default', 'agents are given it; another one that was the default no longer is')
    .option('--no-default', 'agents are not given it')
}

/** `optio task-template …` */
export function defineTaskTemplateCommands(template: Command, act: Act): void {
  const save = (name: 'create' | 'edit' | 'remove') => async () =>
    (await import('../task-template/save.ts'))[name] as Action
  const fields = (command: Command) =>
    command
      .option('--title <title>', 'title of its tasks')
      .option('--repo <repo>', 'repository of its tasks')
      .option('--agent <type>', 'agent that does them')
      .option('--priority <number>', '0 to 1000; lower goes first', numberOrNothing)
      .option(
        '--metadata <json>',
        'JSON object of your own, or a file with one; `-` reads it from standard input',
      )
  paged(
    template
      .command('list')
      .description('list task templates, newest first')
      .option('--repo <repo>', 'only those of this repository'),
  ).action(act(async () => (await import('../task-template/show.ts')).list))
  template
    .command('show')
    .argument('<template>', WHICH)
    .description('show one')
    .action(act(async () => (await import('../task-template/show.ts')).show))
  creates(
    fields(
      template
        .command('create')
        .addArgument(
          new Argument(
            '[prompt...]',
            'what is to be done; `-` reads it from standard input; without it your editor opens',
          ),
        )
        .description('save one')
        .requiredOption('--name <name>', 'what it is called'),
    ),
  ).action(act(save('create')))
  fields(
    template
      .command('edit')
      .argument('<template>', WHICH)
      .description('change one; an empty value takes a setting back')
      .option('--name <name>', 'what it is called')
      .option('--prompt <text>', 'what is to be done; `-` reads it from standard input'),
  ).action(act(save('edit')))
  template
    .command('delete')
    .argument('<template>', WHICH)
    .description('delete one; its tasks stay')
    .option('--yes', 'do not ask')
    .action(act(save('remove')))
}
