import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { userInfo } from 'node:os'
import type { Cli } from '../cli.ts'
import { CliError, usage } from '../cli-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { showAddress } from '../system/open.ts'
import { findTaskId } from './find.ts'

export async function open(
  cli: Cli,
  given: string,
  options: { readonly enter?: boolean; readonly web?: boolean },
): Promise<ExitCode> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  if (options.web) {
    await client.tasks.get({ params: { id } })
    await showAddress(cli, `${await cli.url()}/tasks/${id}`)
    return EXIT.OK
  }
  const answer = await client.tasks.environment({ params: { id } })
  if (cli.json) {
    await printJson(cli, answer)
    return EXIT.OK
  }
  const { path, onThisHost } = answer.environment
  if (path === null) {
    throw new CliError(
      EXIT.NOT_FOUND,
      'NO_ENVIRONMENT',
      'Its clone is gone, or was not made yet. What it proposed is in the pull request: `optio task diff`.',
    )
  }
  if (!onThisHost) await note(cli, 'It is on another machine than the server that answered.')
  if (options.enter) return await enter(cli, path)
  await cli.out.write(`${path}\n`)
  return EXIT.OK
}

/**
 * A shell in the clone. An agent could write the clone's git configuration, and git runs programs that it names: the ones git would
 * run by merely looking are switched off in this shell, and the person is told.
 */
async function enter(cli: Cli, path: string): Promise<ExitCode> {
  if (!cli.out.isTerminal) throw usage('--enter needs a terminal.')
  await note(
    cli,
    'An agent worked here: its files, and the configuration of this clone, are its own. `exit` leads back.',
  )
  const shell = cli.env.SHELL || userInfo().shell || '/bin/sh'
  const quiet = {
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: 'false',
    GIT_CONFIG_KEY_1: 'core.hooksPath',
    GIT_CONFIG_VALUE_1: '/dev/null',
  }
  const child = spawn(shell, [], { cwd: path, stdio: 'inherit', env: { ...cli.env, ...quiet } })
  // Ctrl-C belongs to the shell.
  process.on('SIGINT', () => undefined)
  await Promise.race([once(child, 'close'), once(child, 'error')])
  return EXIT.OK
}
