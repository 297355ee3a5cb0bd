import type { LogLine } from './clean.ts'

const MAX_LINES = 200
const MAX_BYTES = 60 * 1024

/** When a step was under way, milliseconds since the epoch, by whole seconds. */
export interface StepTimes {
  readonly from: number
  readonly until: number
}

/**
 * The last useful lines for whoever has to mend what failed: of the step that failed as far as times tell which lines are its own, and
 * nothing of what comes after its last error (other steps cleaning up). No runs of empty lines.
 */
export function failingPart(lines: readonly LogLine[], step: StepTimes | null): string {
  const own = step === null ? [] : lines.filter((line) => isWithin(line, step))
  const part = untilLastError(own.some(({ text }) => text !== '') ? own : lines)
  const useful = part.filter(({ text }, i) => text !== '' || (i > 0 && part[i - 1]?.text !== ''))
  return lastBytes(useful.slice(-MAX_LINES).map(({ text }) => text))
}

/** Steps are timed by the second, and lines by less: the last second is the step's own, too. */
function isWithin({ at }: LogLine, { from, until }: StepTimes): boolean {
  return at !== null && at >= from && at < until + 1000
}

function untilLastError(lines: readonly LogLine[]): readonly LogLine[] {
  const last = lines.findLastIndex(({ isError }) => isError)
  return last === -1 ? lines : lines.slice(0, last + 1)
}

/** Whole lines from the end on; of a single line beyond the limit its end. */
function lastBytes(lines: readonly string[]): string {
  const kept: string[] = []
  let bytes = 0
  for (const line of lines.toReversed()) {
    const size = Buffer.byteLength(line) + 1
    if (bytes + size > MAX_BYTES) {
      if (kept.length === 0) kept.push(line.slice(-MAX_BYTES / 4))
      break
    }
    kept.push(line)
    bytes += size
  }
  return kept.reverse().join('\n').trim()
}
