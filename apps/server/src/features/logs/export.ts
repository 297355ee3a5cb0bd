import { Readable } from 'node:stream'
import type { Queries } from '../../database/connection.ts'
import { wireEntry } from './batch.ts'
import type { LogEntry, LogOwner } from './entry.ts'
import { eachPage } from './queries.ts'

export type ExportFormat = 'json' | 'plaintext' | 'markdown'

interface Writer {
  readonly contentType: string
  readonly extension: string
  readonly head: (run: LogOwner) => string
  readonly entry: (entry: LogEntry, isFirst: boolean, previous: LogEntry | null) => string
  readonly tail: string
}

const PAGE_BYTES = 1024 * 1024

const WRITERS: Readonly<Record<ExportFormat, Writer>> = {
  json: {
    contentType: 'application/json; charset=utf-8',
    extension: 'json',
    head: ({ id }) => `{"taskId":${JSON.stringify(id)},"logs":[`,
    entry: (entry, isFirst) => `${isFirst ? '\n' : ',\n'}${JSON.stringify(wireEntry(entry))}`,
    tail: '\n]}\n',
  },
  plaintext: {
    contentType: 'text/plain; charset=utf-8',
    extension: 'txt',
    head: () => '',
    entry: ({ timestamp, attempt, stream, logType, content }) =>
      `${timestamp.toISOString()} [${attempt} ${stream} ${logType}] ${content}\n`,
    tail: '',
  },
  markdown: {
    contentType: 'text/markdown; charset=utf-8',
    extension: 'md',
    head: ({ id }) => `# Log of task ${id}\n`,
    entry: (entry, _isFirst, previous) => markdownEntry(entry, previous),
    tail: '',
  },
}

function markdownEntry(entry: LogEntry, previous: LogEntry | null): string {
  const heading = previous?.attempt === entry.attempt ? '' : `\n## Attempt ${entry.attempt}\n`
  const label = `**${entry.logType}** · ${entry.stream} · ${entry.timestamp.toISOString()}`
  return `${heading}\n${label}\n\n${fenced(entry.content)}\n`
}

/** A code block whose fence is longer than any in the content, so that the content cannot leave it. */
function fenced(content: string): string {
  const longest = Math.max(2, ...[...content.matchAll(/`{3,}/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${content}\n${fence}`
}

export interface LogExport {
  readonly contentType: string
  readonly fileName: string
  readonly body: Readable
}

/** The whole log as a file. It is read as fast as it is taken, page by page. */
export function exportLog(queries: Queries, run: LogOwner, format: ExportFormat): LogExport {
  const writer = WRITERS[format]
  return {
    contentType: writer.contentType,
    fileName: `optio-log-${run.id}.${writer.extension}`,
    body: Readable.from(write(queries, run, writer), { objectMode: false, highWaterMark: PAGE_BYTES }),
  }
}

async function* write(queries: Queries, run: LogOwner, writer: Writer): AsyncGenerator<string> {
  let previous: LogEntry | null = null
  yield writer.head(run)
  for await (const page of eachPage(queries, run, PAGE_BYTES)) {
    let text = ''
    for (const entry of page) {
      text += writer.entry(entry, previous === null, previous)
      previous = entry
    }
    yield text
  }
  yield writer.tail
}
