import { Command, CommanderError } from 'commander'
import type { Act } from './act.ts'
import type { Cli, Outlet } from './cli.ts'
import { defineLocalCommands } from './commands/local.ts'
import { NOUNS } from './commands/nouns.ts'
import { defineSystemCommands } from './commands/system.ts'
import { EXIT } from './exit-codes.ts'
import { version } from './version.ts'

/** Options of the whole program. */
export interface GlobalOptions {
  readonly url: string | undefined
  readonly json: boolean
  /** Of a command that creates something: what makes its repeats create nothing more. */
  readonly idempotencyKey: string | undefined
}

export interface ProgramHost {
  readonly out: Outlet
  readonly err: Outlet
  createCli(options: GlobalOptions): Cli
  onInterrupt(): void
}

/**
 * The grammar of the command line, without anything that carries it out. With the words of a command line only as much of it as they
 * can mean: to make all of it takes longer than most commands do.
 */
export async function createProgram(act: Act, words?: readonly string[]): Promise<Command> {
  const program = new Command('optio')
    .description('Give tasks to coding agents, watch them, review and merge what they propose.')
    .option('--url <url>', 'address of the server (default: OPTIO_URL, else the Optio of this machine)')
    .option('--json', 'answer exactly what the interface answers, as one JSON document')
    .version(version(), '--version', 'print the version of this program')
    .helpOption('-h, --help', 'explain a command')
    .showHelpAfterError('(--help explains)')
    .showSuggestionAfterError()
  defineLocalCommands(program, act)
  defineSystemCommands(program, act)
  const wholly = words === undefined || words.includes('completion')
  for (const { name, alias = name, description, load } of NOUNS) {
    const noun = program.command(name).description(description)
    if (alias !== name) noun.alias(alias)
    if (wholly || words.includes(name) || words.includes(alias)) (await load())(noun, act)
  }
  return program
}

/** Runs one command line; answers the exit code. Throws what the command throws. */
export async function runProgram(argv: readonly string[], host: ProgramHost): Promise<number> {
  let exitCode: number = EXIT.OK
  const act: Act = (load, { interruptible = false } = {}) =>
    async function (this: Command, ...given) {
      const options = this.optsWithGlobals<{ url?: string; json?: boolean; idempotencyKey?: string }>()
      const cli = host.createCli({
        url: options.url,
        json: options.json === true,
        idempotencyKey: options.idempotencyKey,
      })
      if (interruptible) process.once('SIGINT', () => host.onInterrupt())
      const action = await load()
      const answer = await action(cli, ...given)
      if (typeof answer === 'number') exitCode = answer
    }
  const program = await createProgram(act, argv)
  configure(program, host)
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.OK : EXIT.USAGE
    throw error
  }
  return exitCode
}

/** Errors of the grammar end with our exit code instead of commander's, in every command. */
function configure(command: Command, host: ProgramHost): void {
  command
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void host.out.write(text),
      writeErr: (text) => void host.err.write(text),
      getOutHelpWidth: () => host.out.columns ?? 100,
      getErrHelpWidth: () => host.err.columns ?? 100,
    })
  for (const child of command.commands) configure(child, host)
}
