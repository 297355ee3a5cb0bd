import type { Cli } from '../cli.ts'
import { printJson } from '../print.ts'
import { writeFields } from '../terminal/table.ts'

export async function status(cli: Cli): Promise<void> {
  const client = await cli.client()
  const url = await cli.url()
  const [{ system }, { stats }] = await Promise.all([client.system.get(), client.tasks.stats()])
  if (cli.json) return await printJson(cli, { url, system, stats })
  const { paused } = system
  const since = paused === null ? '' : `since ${paused.since}, by ${paused.by}`
  await writeFields(cli.out, cli.colors, [
    [
      'running',
      `Optio ${system.version} at ${url}${system.processes > 1 ? `, ${system.processes} processes` : ''}`,
    ],
    ['paused', paused === null ? null : `${since}${paused.reason ? `: ${paused.reason}` : ''}`],
    ['at work', `${system.running} of at most ${system.maxConcurrent}`],
    [
      'tasks',
      `${stats.total}: ${stats.queued} waiting, ${stats.running} running, ${stats.completed} completed, ${stats.failed} failed`,
    ],
    [
      'for you',
      stats.waitingForPerson === 0
        ? 'nothing'
        : `${stats.waitingForPerson} (\`optio task list --waiting-on person\`)`,
    ],
  ])
}
