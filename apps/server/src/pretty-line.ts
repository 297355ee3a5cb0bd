import { showControls } from '@optio/contract'

const LEVELS: Readonly<Record<number, readonly [name: string, color: string]>> = {
  10: ['trace', '2'],
  20: ['debug', '2'],
  30: ['info', '32'],
  40: ['warn', '33'],
  50: ['error', '31'],
  60: ['fatal', '31'],
}

/**
 * A JSON line of the log as a line for people: time, level, message, then what else it says, with the stack of an error below. What
 * comes from outside may be in it, so nothing in it steers the terminal.
 */
export function prettyLine(line: string, { colors }: { colors: boolean }): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
  const { time, level, msg, err, ...rest } = entry
  const [name, color] = LEVELS[Number(level)] ?? ['log', '0']
  const at = new Date(Number(time)).toISOString().slice(11, 23)
  const details = Object.entries(rest).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const mark = colors ? `\u001b[${color}m${name.padEnd(5)}\u001b[0m` : name.padEnd(5)
  const text = showControls(`${typeof msg === 'string' ? msg : ''}${details.join('')}`)
  return `${at} ${mark} ${text}\n${describeError(err)}`
}

function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const { stack, message, cause } = error as { stack?: unknown; message?: unknown; cause?: unknown }
  const text = typeof stack === 'string' ? stack : String(message)
  const indented = showControls(text, { lines: true }).replaceAll('\n', '\n  ')
  return `  ${indented}\n${cause === undefined ? '' : `  caused by:\n${describeError(cause)}`}`
}
