import { onOneLine, showControls } from '@optio/contract'

/**
 * Text from outside as it can be shown: what is unseen and would steer (controls, bidirectional marks) becomes visible, so that
 * a title, a log line, a file name or a diff cannot pretend to be something else. React escapes HTML by itself.
 */
export function plainText(text: string): string {
  return showControls(text, { lines: true })
}

/** The same on one line. */
export function plainLine(text: string): string {
  return showControls(onOneLine(text))
}
