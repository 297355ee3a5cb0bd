import { type Command, InvalidArgumentError } from 'commander'

/** Parsers of values on the command line; what they refuse is an error of usage. */

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `15m`, `2h`, `1d`, `500ms`; a bare number is seconds. In milliseconds. */
export function timeSpan(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)?$/.exec(text)
  if (match === null) throw new InvalidArgumentError('It must be a time such as 90s, 15m, 2h or 1d.')
  return Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? 1_000)
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** A whole number, or the empty value that takes one back. */
export function numberOrNothing(text: string): number | '' {
  return text === '' ? '' : wholeNumber(text)
}

/** For a command that creates something. */
export function creates(command: Command): Command {
  return command.option(
    '--idempotency-key <key>',
    'create it once, however often this is run with the key (default: one of its own for each run)',
  )
}

/** For a command that answers one page of a list. */
export function paged(command: Command): Command {
  return command
    .option('--limit <count>', 'how many (default: 50, at most 1000)', wholeNumber)
    .option('--cursor <cursor>', 'go on after the page before')
}
