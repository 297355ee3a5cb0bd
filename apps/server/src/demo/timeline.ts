import { type Client, executed, showControls } from '@optio/contract'

/** Pause between two looks at what is new. */
const LOOK_MS = 150
const EVENTS_AT_ONCE = 200
/** Characters shown of what is told. */
const LONGEST = 300

/** Tells the story of a task as it happens, a line for each event and log entry, until the task ends. */
export async function tellTimeline(
  client: Client,
  taskId: string,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const started = Date.now()
  const seen = new Set<string>()
  let lastSeq = 0
  const line = (mark: string, text: string) => {
    const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6)
    tell(`${seconds} s  ${mark} ${showControls(text.slice(0, LONGEST))}`)
  }
  while (!signal.aborted) {
    const { task } = executed(await client.tasks.get({ params: { id: taskId } }))
    const { logs } = await client.logs.list({
      params: { id: taskId },
      query: { after: lastSeq, limit: 1000 },
    })
    for (const entry of logs) {
      lastSeq = entry.seq
      line('   ', `[${entry.logType}] ${firstLine(entry.content)}`)
    }
    const { events } = await client.tasks.events({ params: { id: taskId }, query: { limit: EVENTS_AT_ONCE } })
    for (const event of events) {
      if (seen.has(event.id)) continue
      seen.add(event.id)
      const move = event.toState && event.fromState !== event.toState ? `${event.toState}: ` : ''
      line('●', `${move}${event.message ?? event.trigger ?? ''}`)
    }
    if (['completed', 'failed', 'cancelled'].includes(task.state)) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function firstLine(text: string): string {
  const [first = ''] = text.split('\n', 1)
  return text.length > first.length ? `${first} …` : first
}
