import type { Command } from 'commander'
import type { Act, Action } from '../act.ts'
import { collect, creates, paged } from './values.ts'

const DEFINITION = 'blueprint or standalone task: its name, or the beginning or end of its id'
const TRIGGER = 'beginning or end of its id, or the path of a webhook'
const OVERLAP = 'what to do while a run it started is unfinished: skip, queue or allow'
const MISSED = 'once makes up for a time at which no Optio ran, skip does not'
const TIMEZONE = 'such as Europe/Berlin (default: UTC)'
const SECRET = 'file with the key of the signatures; `-` reads it from standard input'

/** `optio trigger …` */
export function defineTriggerCommands(trigger: Command, act: Act): void {
  defineAdding(trigger.command('add').description('attach a trigger'), act)
  const save = (name: 'edit' | 'remove') => async () => (await import('../trigger/save.ts'))[name] as Action
  trigger
    .command('list')
    .argument('<definition>', DEFINITION)
    .description('list the triggers of one, with when they fire next')
    .action(act(async () => (await import('../trigger/show.ts')).list))
  const one = (name: string) =>
    trigger.command(name).argument('<definition>', DEFINITION).argument('<trigger>', TRIGGER)
  one('edit')
    .description('change a trigger; an empty value takes a setting back')
    .option('--cron <expression>', 'when a schedule fires')
    .option('--timezone <name>', TIMEZONE)
    .option('--overlap <way>', OVERLAP)
    .option('--missed <way>', MISSED)
    .option('--path <path>', 'where a webhook is called')
    .option('--secret-file <file>', SECRET)
    .option('--no-secret', 'a webhook takes requests without a signature')
    .option(
      '--map <param=path>',
      'where in the payload a parameter is; takes the place of those before',
      collect,
    )
    .action(act(save('edit')))
  one('enable')
    .description('let it fire')
    .action(act(async () => (await import('../trigger/save.ts')).switchTo(true)))
  one('disable')
    .description('let it not fire')
    .action(act(async () => (await import('../trigger/save.ts')).switchTo(false)))
  one('remove')
    .description('take it away; its runs stay')
    .option('--yes', 'do not ask')
    .action(act(save('remove')))
  paged(one('firings').description('when it fired and what came of it, newest first')).action(
    act(async () => (await import('../trigger/show.ts')).firings),
  )
  trigger
    .command('preview')
    .argument('<cron>', 'five fields, such as "0 9 * * 1-5", or six with seconds first')
    .description('the next times a schedule would fire; saves nothing')
    .option('--timezone <name>', TIMEZONE)
    .action(act(async () => (await import('../trigger/show.ts')).preview))
}

function defineAdding(add: Command, act: Act): void {
  const one = (name: string) => add.command(name).argument('<definition>', DEFINITION)
  const common = (command: Command) =>
    creates(
      command
        .option('--map <param=path>', 'where in the payload a parameter is; as often as you like', collect)
        .option('--disabled', 'it does not fire until it is enabled'),
    )
  common(
    one('schedule')
      .argument('<cron>', 'five fields, such as "0 9 * * 1-5", or six with seconds first')
      .description('run it at times')
      .option('--timezone <name>', TIMEZONE)
      .option('--overlap <way>', OVERLAP)
      .option('--missed <way>', MISSED),
  ).action(act(async () => (await import('../trigger/save.ts')).addSchedule))
  common(
    one('webhook')
      .argument('<path>', 'it is called at /api/hooks/<path>')
      .description('run it when another program sends a request')
      .option('--secret-file <file>', SECRET)
      .option('--overlap <way>', OVERLAP),
  ).action(act(async () => (await import('../trigger/save.ts')).addWebhook))
  common(
    one('ticket')
      .argument('<source>', 'name of the tracker')
      .description('run it for tickets of a tracker')
      .option('--label <label>', 'only tickets with this label; as often as you like', collect),
  ).action(act(async () => (await import('../trigger/save.ts')).addTicket))
  common(one('manual').description('say that people run it by hand')).action(
    act(async () => (await import('../trigger/save.ts')).addManual),
  )
}
