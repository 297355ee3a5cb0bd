import type { Issue, IssueSync } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient, QueryOf } from '../api.ts'
import type { Cli } from '../cli.ts'
import { withoutGaps } from '../fields.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { writeTable } from '../terminal/table.ts'
import { ago, paintState } from '../terminal/words.ts'

interface ListOptions {
  readonly repo?: string
  readonly state?: string
  readonly search?: string
  readonly limit?: number
  readonly cursor?: string
}

export async function list(cli: Cli, options: ListOptions): Promise<void> {
  const client = await cli.client()
  const repoId = options.repo === undefined ? undefined : (await findRepo(cli, client, options.repo)).id
  const { state, search: q, limit, cursor } = options
  const query = withoutGaps({ repoId, state, q, limit, cursor })
  const page = await client.issues.list({ query: query as QueryOf<ApiClient['issues']['list']> })
  if (cli.json) return await printJson(cli, page)
  await noteProblems(cli, page.syncs)
  if (page.issues.length === 0) return await note(cli, whyNone(page.syncs))
  const { colors } = cli
  await writeTable<Issue>(cli.out, colors, page.issues, [
    { title: 'ISSUE', text: ({ externalId }) => externalId, paint: colors.cyan, shrinksTo: 12 },
    { title: 'TITLE', text: ({ title }) => title, shrinksTo: 16 },
    { title: 'LABELS', text: ({ labels }) => labels.join(', '), shrinksTo: 6 },
    { title: 'ASSIGNEE', text: ({ assignee }) => assignee ?? '' },
    {
      title: 'TASK',
      text: ({ optioTask }) => optioTask?.state ?? '',
      paint: (text, { optioTask }) => (optioTask === null ? text : paintState(colors, optioTask.state)(text)),
    },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt) },
  ])
  for (const { externalId, notAssigned } of page.issues) {
    if (notAssigned !== null) await note(cli, showControls(`${externalId}: ${notAssigned}`))
  }
  if (page.hasMore) await note(cli, `There are more: --limit, or --cursor ${page.nextCursor}`)
}

/** What of the list may be old, and why. */
export async function noteProblems(cli: Cli, syncs: readonly IssueSync[]): Promise<void> {
  for (const { fullName, error, syncedAt } of syncs) {
    if (error === null) continue
    const age = syncedAt === null ? 'nothing was read yet' : `what is shown is ${ago(syncedAt)} old`
    await note(cli, showControls(`${fullName}: ${error.message} (${error.code}; ${age})`))
  }
}

function whyNone(syncs: readonly IssueSync[]): string {
  if (syncs.length === 0) {
    return 'No repository with issues is connected. Connect one with `optio repo add https://github.com/<owner>/<name>`.'
  }
  const isReading = syncs.some(({ syncedAt, error }) => syncedAt === null && error === null)
  return isReading ? 'The issues are being read for the first time.' : 'No issues.'
}
