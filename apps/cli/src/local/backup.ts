import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiClient, connectClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { bytes } from '../terminal/words.ts'

const QUIET_WITHIN_MS = 3_600_000
const LOOK_MS = 500

export async function backup(
  cli: Cli,
  given: string,
  options: { readonly pause?: number | true; readonly withKey?: boolean },
): Promise<void> {
  const { createBackup, readConfig } = await import('@optio/server/backup')
  const config = readConfig(cli.env)
  const file = resolve(cli.cwd, given)
  const copy = async (pausedForBackup: boolean) =>
    await createBackup(config, {
      file,
      pausedForBackup,
      withKey: options.withKey === true,
      say: (line) => void note(cli, line),
      signal: cli.signal,
    })
  const within = options.pause === true ? QUIET_WITHIN_MS : options.pause
  const summary = within === undefined ? await copy(false) : await whilePaused(cli, within, copy)
  if (cli.json) return await printJson(cli, summary)
  await note(cli, `${file}: ${bytes(summary.bytes)}.`)
  await note(
    cli,
    options.withKey === true
      ? 'Keep it as you keep keys: it holds all secrets, and the key to them.'
      : 'The key of secrets is not in it: keep a copy of that elsewhere (docs/operations.md#secrets).',
  )
}

/** Waits for a moment in which no agent is at work, and lets them be started again afterwards whatever happens. */
async function whilePaused<T>(cli: Cli, within: number, work: (paused: boolean) => Promise<T>): Promise<T> {
  const client = await cli.client()
  const { system } = await client.system.get()
  const already = system.paused !== null
  try {
    if (!already) await client.system.pause({ body: { reason: 'A backup is being made.' } })
    await becomeQuiet(cli, client, within)
    return await work(!already)
  } finally {
    if (!already) await goOn(cli)
  }
}

/** Also after Ctrl-C, which ends every call of the usual client: nobody else would think of it. */
async function goOn(cli: Cli): Promise<void> {
  try {
    await connectClient(await cli.url(), new AbortController().signal).system.unpause()
  } catch (error) {
    await note(cli, 'Optio may still be paused for this backup: `optio unpause` ends that.')
    throw error
  }
}

async function becomeQuiet(cli: Cli, client: ApiClient, within: number): Promise<void> {
  const until = Date.now() + within
  for (;;) {
    const { system } = await client.system.get()
    if (system.running === 0) return
    if (Date.now() > until) {
      throw new CliError(
        EXIT.TIMED_OUT,
        'TIMED_OUT',
        `${system.running} agents or checks are still at work. Nothing was written; a backup without --pause does not wait for them.`,
      )
    }
    await sleep(LOOK_MS, undefined, { signal: cli.signal }).catch(() => undefined)
    if (cli.signal.aborted)
      throw new CliError(EXIT.INTERRUPTED, 'INTERRUPTED', 'Interrupted; nothing was written.')
  }
}

export async function restore(cli: Cli, given: string, options: { readonly check?: boolean }): Promise<void> {
  const { checkBackup, readConfig, restoreBackup } = await import('@optio/server/backup')
  const file = resolve(cli.cwd, given)
  if (options.check) {
    const { manifest, fileBytes, unread } = await checkBackup(file)
    if (cli.json) return await printJson(cli, { manifest, fileBytes, unread })
    await note(cli, `It is whole: a backup of ${manifest.createdAt}, by Optio ${manifest.version}.`)
    if (unread > 0)
      await note(cli, `Files of agents are missing: ${unread} could not be read when it was made.`)
    return
  }
  const config = readConfig(cli.env)
  await restoreBackup(config, file, (line) => void note(cli, line))
  if (cli.json) return await printJson(cli, { restored: file, dataDir: config.dataDir })
  await note(cli, 'Restored. `optio start` goes on with it.')
}
