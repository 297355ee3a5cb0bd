/** A line of the log of a job. */
export interface LogLine {
  /** Milliseconds since the epoch; null for a line without its time. */
  readonly at: number | null
  readonly text: string
  /** GitHub marked it as an error. */
  readonly isError: boolean
}

/** Before each line of a log of GitHub Actions. */
const TIMESTAMP = /^\uFEFF?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ?/

/** Colours and cursor movements (ECMA-48 control sequences), titles of windows, and single escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is left of them is taken out
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g

const MARKER = /^##\[(group|endgroup|error|warning|notice|debug|command|section)\]/

/**
 * The lines of a log without their times, colours and markers of groups. Of a line that was written over (a progress bar) the last
 * state stays.
 */
export function cleanLog(log: string): readonly LogLine[] {
  const lines: LogLine[] = []
  for (const raw of log.split('\n')) {
    const line = raw.replace(/\r+$/, '')
    const stamp = TIMESTAMP.exec(line)
    const said = line.slice(stamp?.[0].length ?? 0)
    const shown = said.slice(said.lastIndexOf('\r') + 1).replace(ESCAPES, '')
    const marker = MARKER.exec(shown)?.[1]
    if (marker === 'endgroup' || marker === 'debug') continue
    const text = (marker === undefined ? shown : shown.slice(marker.length + 4))
      .replace(CONTROLS, '')
      .trimEnd()
    const at = stamp === null ? Number.NaN : Date.parse(stamp[1] ?? '')
    const isError = marker === 'error'
    lines.push({ at: Number.isFinite(at) ? at : null, text: isError ? `Error: ${text}` : text, isError })
  }
  return lines
}
