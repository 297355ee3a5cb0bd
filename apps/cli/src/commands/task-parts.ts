import { Argument, type Command, Option } from 'commander'
import type { Act, Action } from '../act.ts'
import { creates, paged, wholeNumber } from './values.ts'

const WHICH = 'beginning or end of its id'
const WORDS = 'what you have to say; `-` reads it from standard input'

/** Those of `optio task …` about what belongs to a task besides itself. */
export function defineTaskParts(task: Command, act: Act): void {
  defineSubtasks(task.command('subtask').description('subtasks: children, steps and reviews'), act)
  defineDependencies(task.command('depend').description('tasks that a task waits for'), act)
  defineComments(task.command('comment').description('what people say to each other about a task'), act)
  creates(
    task
      .command('message')
      .argument('<task>', WHICH)
      .argument('[words...]', WORDS)
      .description('say something to its agent while it runs')
      .option('--interrupt', 'break off what it does now (default: before its next turn)'),
  ).action(act(async () => (await import('../task/message.ts')).send))
  paged(
    task
      .command('messages')
      .argument('<task>', WHICH)
      .description('what was said to its agent, and whether it takes more'),
  ).action(act(async () => (await import('../task/message.ts')).list))
  paged(
    task
      .command('activity')
      .argument('<task>', WHICH)
      .description('all that happened about it, newest first')
      .option('--people', 'only what people did'),
  ).action(act(async () => (await import('../task/activity.ts')).ofTask))
}

function defineSubtasks(subtask: Command, act: Act): void {
  const load = (name: keyof typeof import('../task/subtask.ts')) => async () =>
    (await import('../task/subtask.ts'))[name] as Action
  creates(
    subtask
      .command('add')
      .argument('<task>', WHICH)
      .argument(
        '[prompt...]',
        'what is to be done; `-` reads it from standard input; without it your editor opens',
      )
      .description('add a child, the next step, or a review')
      .addOption(
        new Option('--kind <kind>', 'what it is').choices(['child', 'step', 'review']).default('child'),
      )
      .option('--title <title>', 'its title (default: the first line of the prompt)')
      .option('--agent <type>', 'agent that does it')
      .option('--model <model>', 'model the agent uses')
      .option('--priority <number>', '0 to 1000; lower goes first', wholeNumber)
      .option('--blocks', 'its parent is not merged before it is completed (steps and reviews: anyway)')
      .option('--no-blocks', 'its parent does not wait for it (children: anyway)')
      .option('--hold', 'do not queue it before `optio task run-now`'),
  ).action(act(load('add')))
  paged(
    subtask
      .command('list')
      .argument('<task>', WHICH)
      .description('list them: steps in order, then the rest by age'),
  ).action(act(load('list')))
  subtask
    .command('status')
    .argument('<task>', WHICH)
    .description('how far they are')
    .action(act(load('status')))
}

function defineDependencies(depend: Command, act: Act): void {
  const load = (name: keyof typeof import('../task/depend.ts')) => async () =>
    (await import('../task/depend.ts'))[name] as Action
  creates(
    depend
      .command('add')
      .argument('<task>', WHICH)
      .argument('<others...>', 'tasks it is to wait for')
      .description('have it wait for others; all of them or none are added'),
  ).action(act(load('add')))
  depend
    .command('list')
    .argument('<task>', WHICH)
    .description('list the tasks it waits for')
    .option('--dependents', 'list those that wait for it instead')
    .action(act(load('list')))
  depend
    .command('remove')
    .argument('<task>', WHICH)
    .argument('<other>', 'task it is no longer to wait for')
    .description('have it no longer wait for another')
    .action(act(load('remove')))
}

function defineComments(comment: Command, act: Act): void {
  const load = (name: keyof typeof import('../task/comment.ts')) => async () =>
    (await import('../task/comment.ts'))[name] as Action
  creates(
    comment
      .command('add')
      .argument('<task>', WHICH)
      .argument('[words...]', WORDS)
      .description('comment on a task; its agent is not told'),
  ).action(act(load('add')))
  paged(comment.command('list').argument('<task>', WHICH).description('list them, the oldest first')).action(
    act(load('list')),
  )
  const one = (name: string) => comment.command(name).argument('<task>', WHICH).argument('<comment>', WHICH)
  one('edit')
    .addArgument(new Argument('[words...]', WORDS))
    .description('change one of your own')
    .action(act(load('edit')))
  one('remove')
    .description('remove one of your own')
    .option('--yes', 'do not ask')
    .action(act(load('remove')))
}
