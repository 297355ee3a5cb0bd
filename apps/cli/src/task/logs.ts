import type { BatchedEntry, LogType } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { executed } from './executed.ts'
import { exportLog } from './export-log.ts'
import { findTaskId } from './find.ts'
import { isFinished } from './outcome.ts'

interface LogOptions {
  readonly follow?: boolean
  readonly sinceSeq?: number
  readonly type?: string
  readonly search?: string
  readonly limit?: number
  readonly export?: string
}

interface Filter {
  readonly logType?: LogType
  readonly search?: string
}

const PAGE = 1000
/** A seq that no log reaches, in as many digits as a query takes. */
const BEYOND_ANY = 10 ** 15 - 1

export async function logs(cli: Cli, given: string, options: LogOptions): Promise<ExitCode> {
  if (options.export !== undefined) {
    await exportLog(cli, given, options.export)
    return EXIT.OK
  }
  const filter = await filterOf(options)
  const client = await cli.client()
  const id = await findTaskId(client, given)
  const start = await startOf(client, id, options, filter)
  if (options.follow) {
    await follow(cli, client, id, start, filter)
    return EXIT.OK
  }
  if (cli.json) await cli.out.write('{"logs":[')
  let first = true
  for await (const entry of stored(client, id, start, filter)) {
    if (!cli.json) await cli.out.write(lineOf(cli, entry))
    else await cli.out.write(`${first ? '' : ','}\n${JSON.stringify(entry)}`)
    first = false
  }
  // The form of one page that holds everything: written as it comes, so that a long log needs no memory.
  if (cli.json) await cli.out.write('],\n"hasMore":false,"nextCursor":null}\n')
  return EXIT.OK
}

async function filterOf({ type, search }: LogOptions): Promise<Filter> {
  if (type === undefined) return search ? { search } : {}
  const { LOG_TYPES } = await import('@optio/contract')
  const logType = LOG_TYPES.find((each) => each === type)
  if (logType === undefined) {
    throw usage(`There are no entries of type “${type}”. There are: ${LOG_TYPES.join(', ')}.`)
  }
  return { logType, ...(search ? { search } : {}) }
}

/** The seq after which to begin. */
async function startOf(
  client: ApiClient,
  id: string,
  { sinceSeq = 0, limit }: LogOptions,
  filter: Filter,
): Promise<number> {
  if (limit === undefined) return sinceSeq
  if (limit < 1 || limit > 10_000) throw usage('--limit is a number from 1 to 10000.')
  // A search that takes long, and entries that are large, come in parts.
  let first = 1
  let left = limit
  for (let before = BEYOND_ANY; ; ) {
    const part = await client.logs.list({ params: { id }, query: { before, limit: left, ...filter } })
    first = part.logs[0]?.seq ?? first
    left -= part.logs.length
    if (left <= 0 || !part.hasMore || part.nextCursor === null) return Math.max(sinceSeq, first - 1)
    before = Number(part.nextCursor)
  }
}

/** What is stored after a seq, page by page. */
async function* stored(client: ApiClient, id: string, start: number, filter: Filter) {
  for (let after = start; ; ) {
    const page = await client.logs.list({ params: { id }, query: { after, limit: PAGE, ...filter } })
    yield* page.logs
    if (!page.hasMore || page.nextCursor === null) return
    after = Number(page.nextCursor)
  }
}

/** With `--json` each entry is a line of JSON. Ends when the task is finished and everything it left is written. */
async function follow(cli: Cli, client: ApiClient, id: string, start: number, filter: Filter): Promise<void> {
  const write = async (entry: BatchedEntry) => {
    if (!matches(entry, filter)) return
    await cli.out.write(cli.json ? `${JSON.stringify(entry)}\n` : lineOf(cli, entry))
  }
  const { followLog } = await import('./follow.ts')
  const seen = await followLog({
    url: await cli.url(),
    taskId: id,
    after: start,
    signal: cli.signal,
    isFinished: async () => isFinished(executed(await client.tasks.get({ params: { id } })).task.state),
    entry: write,
    say: async (line) => await cli.err.write(`${line}\n`),
  })
  for await (const entry of stored(client, id, seen, {})) await write(withoutIds(entry))
}

/** As it comes over the socket, where the address says whose it is. */
function withoutIds({
  id: _,
  taskId: __,
  ...entry
}: BatchedEntry & { id: string; taskId: string }): BatchedEntry {
  return entry
}

function matches({ logType, content }: BatchedEntry, filter: Filter): boolean {
  if (filter.logType !== undefined && logType !== filter.logType) return false
  return filter.search === undefined || content.toLowerCase().includes(filter.search.toLowerCase())
}

function lineOf({ colors }: Cli, { seq, logType, content, attempt }: BatchedEntry): string {
  const mark = `${String(seq).padStart(6)}  ${attempt}  ${logType.padEnd(11)} `
  const lines = showControls(content.replace(/\n$/, ''), { lines: true })
  const text = lines.replaceAll('\n', `\n${' '.repeat(mark.length)}`)
  return `${colors.dim(mark)}${paintEntry(colors, logType)(text)}\n`
}

function paintEntry(colors: Cli['colors'], logType: LogType): (text: string) => string {
  switch (logType) {
    case 'error':
      return colors.red
    case 'tool_use':
      return colors.cyan
    case 'thinking':
    case 'tool_result':
    case 'system':
      return colors.dim
    default:
      return (text) => text
  }
}
