import type { GithubStatus } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { printJson } from '../print.ts'
import { writeFields, writeTable } from '../terminal/table.ts'
import { ago } from '../terminal/words.ts'

const SOURCES = { secret: 'secret GITHUB_TOKEN', environment: 'environment' } as const

/** Ends with 1 when the credential does not work. */
export async function status(cli: Cli): Promise<ExitCode> {
  const client = await cli.client()
  const answer = await client.github.status()
  const { github } = answer
  if (cli.json) await printJson(cli, answer)
  else await write(cli, github)
  return github.problem === null ? EXIT.OK : EXIT.ERROR
}

async function write(cli: Cli, github: GithubStatus): Promise<void> {
  const { out, colors } = cli
  await writeFields(out, colors, [
    ['Server', github.serverUrl],
    ['API', github.apiUrl],
    ['Credential', github.credential === null ? 'none' : SOURCES[github.credential]],
    ['Account', github.login],
    ['Problem', github.problem],
    ['Webhooks', github.takesWebhooks ? 'taken' : 'not taken: there is no GITHUB_WEBHOOK_SECRET'],
    ['Watched', github.watched === 1 ? '1 pull request' : `${github.watched} pull requests`],
    ['Oldest look', github.oldestObservedAt === null ? null : ago(github.oldestObservedAt)],
  ])
  if (github.limits.length === 0) return
  await out.write('\n')
  await writeTable(out, colors, github.limits, [
    { title: 'LIMIT', text: ({ resource }) => resource },
    { title: 'LEFT', text: ({ remaining, limit }) => `${remaining} of ${limit}` },
    { title: 'FULL AGAIN', text: ({ resetAt }) => resetAt },
    {
      title: 'WAITS UNTIL',
      text: ({ pausedUntil }) => pausedUntil ?? '–',
      paint: (text, { pausedUntil }) => (pausedUntil === null ? text : colors.yellow(text)),
    },
  ])
}
