import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/* The server is loaded only here: no other command pays for it. */

export async function start(_cli: Cli): Promise<void> {
  const { main } = await import('@optio/server/main')
  await main([])
}

export async function demo(
  cli: Cli,
  options: { readonly exit?: boolean; readonly open: boolean },
): Promise<void> {
  const { main } = await import('@optio/server/demo')
  await main([
    ...(options.exit ? ['--exit'] : []),
    ...(options.open ? [] : ['--no-open']),
    ...(cli.json ? ['--json'] : []),
  ])
}

export async function stop(cli: Cli, options: { readonly agents?: boolean }): Promise<ExitCode> {
  const { readConfig, stopOptio } = await import('@optio/server/stop')
  const config = readConfig(cli.env)
  try {
    await stopOptio(config, { agents: options.agents === true })
  } catch (error) {
    // The one reason it has: there is nothing to stop.
    if ((error as { code?: unknown }).code !== 'CONFIG') throw error
    throw new CliError(EXIT.UNREACHABLE, 'NOT_RUNNING', (error as Error).message)
  }
  return EXIT.OK
}
