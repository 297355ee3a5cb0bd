/** Colours and weights of a terminal: `ESC [ … m`. Everything else that steers a terminal stays, and is shown as what it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what it is about
const SGR = /\u001b\[[0-9;:]*m/g

/** Text without the colour codes that programs write for terminals. */
export function withoutColours(text: string): string {
  return text.includes('\u001b[') ? text.replace(SGR, '') : text
}
