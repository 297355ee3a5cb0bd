import type { PullRequest } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { printJson } from '../print.ts'
import type { Colors } from '../terminal/colors.ts'
import { throughPager } from '../terminal/pager.ts'
import { fit, pad, widthOf } from '../terminal/width.ts'
import { findTaskId } from './find.ts'

type File = PullRequest['files'][number]

export async function diff(cli: Cli, given: string, options: { readonly stat?: boolean }): Promise<void> {
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const answer = await client.pullRequests.get({ params: { id } })
  if (cli.json) return await printJson(cli, answer)
  const { files } = answer.pullRequest
  if (options.stat) return await cli.out.write(statOf(cli, files))
  await throughPager(cli, async (write) => {
    for (const file of files) await write(await textOf(cli, client, id, file))
  })
}

async function textOf(cli: Cli, client: ApiClient, id: string, file: File): Promise<string> {
  const { colors } = cli
  const name = showControls(file.previousPath ? `${file.previousPath} → ${file.path}` : file.path)
  const heading = `${colors.bold(`${file.status}: ${name}`)}\n`
  const whole =
    file.patchOmitted === 'too_large'
      ? (await client.pullRequests.file({ params: { id }, query: { path: file.path } })).file
      : file
  if (whole.patch !== null) return `${heading}${paintPatch(colors, whole.patch)}\n`
  const why =
    whole.patchOmitted === 'binary'
      ? 'a binary file'
      : whole.patchOmitted === 'too_large'
        ? 'too large to be shown; see it with `optio task open`'
        : 'no text changed'
  return `${heading}${colors.dim(`(${why})`)}\n\n`
}

function paintPatch(colors: Colors, patch: string): string {
  // Split first: what a line holds must not become a line, or a colour, of its own.
  return patch
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => paintLine(colors, line)(showControls(line, { lines: true })))
    .map((line) => `${line}\n`)
    .join('')
}

function paintLine(colors: Colors, line: string): (text: string) => string {
  if (line.startsWith('@@')) return colors.cyan
  if (line.startsWith('+++') || line.startsWith('---')) return colors.bold
  if (line.startsWith('+')) return colors.green
  if (line.startsWith('-')) return colors.red
  return (text) => text
}

const MOST_MARKS = 30

function statOf({ colors, out }: Cli, files: readonly File[]): string {
  const names = files.map(({ path }) => showControls(path))
  const counts = files.map(({ additions, deletions }) => additions + deletions)
  const most = Math.max(1, ...counts)
  const room = Math.max(10, (out.columns ?? 200) - MOST_MARKS - 12)
  const width = Math.min(room, Math.max(0, ...names.map(widthOf)))
  const scale = most > MOST_MARKS ? MOST_MARKS / most : 1
  const marks = (count: number) => (count === 0 ? 0 : Math.max(1, Math.round(count * scale)))
  const lines = files.map(({ additions, deletions, patchOmitted }, i) => {
    const what =
      patchOmitted === 'binary'
        ? 'binary'
        : `${String(additions + deletions).padStart(5)} ${colors.green('+'.repeat(marks(additions)))}${colors.red('-'.repeat(marks(deletions)))}`
    return ` ${pad(fit(names[i] ?? '', width), width)} | ${what}\n`
  })
  const sum = (key: 'additions' | 'deletions') => files.reduce((total, file) => total + file[key], 0)
  return `${lines.join('')} ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${sum('additions')} additions, ${sum('deletions')} deletions\n`
}
