/**
 * The standard input of a step that goes on while the step runs. It is a file, `ctl/in`, that any process appends to and the
 * feeder of the step's supervisor reads: what is in it reaches the program whoever dies, and a process that takes over sees
 * there what was said before.
 *
 *   KEY TEXT     a line of the input; the feeder hands on the text
 *   …CAN         a line that whoever wrote it did not finish (killed, or the disk full): the feeder drops it
 *   end          the end of the input; also written by the supervisor when half the time for orphans is over, so that a program
 *                that is done, and only waits for more, ends well
 */
import { existsSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { OptioError } from '@optio/contract'
import type { InputLine } from '../../runtime.ts'
import { isDiskFull } from './disk.ts'
import { controlPath } from './step-files.ts'

const END = 'end'
/** The control character “cancel”, which no line of an input contains. */
const TORN = '\u0018'

/** True when the step in `dir` was started with an input that grows. */
export function hasGrowingInput(dir: string): boolean {
  return existsSync(controlPath(dir, 'in'))
}

/**
 * Adds the lines whose keys are not there yet; false when some are missing and the input has ended. Throws STEP_START for what
 * is no line, and DISK_FULL.
 */
export async function appendToInput(dir: string, lines: readonly InputLine[]): Promise<boolean> {
  for (const line of lines) check(dir, line)
  let isTooLate = false
  await change(dir, ({ keys, ended }) => {
    const missing = lines.filter(({ key }) => !keys.has(key))
    isTooLate = ended && missing.length > 0
    return isTooLate ? [] : missing.map(({ key, text }) => `${key} ${text}`)
  })
  return !isTooLate
}

/** Ends the input, unless it has ended. Throws DISK_FULL. */
export async function endInput(dir: string): Promise<void> {
  await change(dir, ({ ended }) => (ended ? [] : [END]))
}

interface Written {
  readonly keys: ReadonlySet<string>
  readonly ended: boolean
  /** The last line is not whole. */
  readonly torn: boolean
}

/** Looks at what is written and appends, in one write, what that asks for. */
async function change(dir: string, more: (written: Written) => readonly string[]): Promise<void> {
  const file = await open(controlPath(dir, 'in'), 'a+')
  try {
    const written = await read(file)
    const lines = more(written)
    if (lines.length === 0) return
    await file.appendFile(`${written.torn ? `${TORN}\n` : ''}${lines.map((line) => `${line}\n`).join('')}`)
  } catch (error) {
    if (!isDiskFull(error)) throw error
    throw new OptioError(
      'DISK_FULL',
      `There is no room on the disk of ${dir}. Free some space; it is tried again.`,
      { cause: error },
    )
  } finally {
    await file.close()
  }
}

async function read(file: FileHandle): Promise<Written> {
  const text = await file.readFile('utf8')
  const lines = text.split('\n')
  const last = lines.pop() ?? ''
  const whole = lines.filter((line) => !line.endsWith(TORN))
  return {
    keys: new Set(whole.map((line) => line.slice(0, Math.max(0, line.indexOf(' '))))),
    ended: whole.includes(END),
    torn: last !== '',
  }
}

function check(dir: string, { key, text }: InputLine): void {
  if (/^[A-Za-z0-9.:_-]+$/.test(key) && !/\p{Cc}/u.test(text)) return
  throw new OptioError('STEP_START', `The step in ${dir} cannot be told this: it is not one line of text.`)
}
