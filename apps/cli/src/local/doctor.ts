import type { Diagnosis, DoctorReport } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { printJson } from '../print.ts'
import type { Colors } from '../terminal/colors.ts'

/** Asks the server, which knows what it was started with; where none answers, looks from here with the same code. */
export async function doctor(cli: Cli, options: { readonly local?: boolean }): Promise<ExitCode> {
  const asked = options.local ? null : await askServer(cli)
  const report = asked ?? (await examine(cli))
  const exitCode = report.ok ? EXIT.OK : EXIT.ERROR
  if (cli.json) {
    await printJson(cli, { report })
    return exitCode
  }
  for (const diagnosis of report.diagnoses) await cli.out.write(entryOf(cli.colors, diagnosis))
  await cli.out.write(`\n${summary(report)}\n`)
  if (asked === null) await cli.err.write('No Optio runs here; this is what this program sees.\n')
  return exitCode
}

async function askServer(cli: Cli): Promise<DoctorReport | null> {
  try {
    return (await (await cli.client()).system.doctor()).report
  } catch (error) {
    // A server that is down is no reason to know nothing; one that was named is meant.
    if (error instanceof CliError && error.code === 'NOT_RUNNING') return null
    throw error
  }
}

async function examine(cli: Cli): Promise<DoctorReport> {
  const { examineHere } = await import('@optio/server/doctor')
  return await examineHere({ ...cli.env })
}

const MARKS = { ok: '✓', warning: '!', problem: '✗', off: '–' } as const

function entryOf(colors: Colors, { status, title, detail, remedy }: Diagnosis): string {
  const paint = { ok: colors.green, warning: colors.yellow, problem: colors.red, off: colors.dim }[status]
  const lines = [`${paint(`${MARKS[status]} ${showControls(title)}`)}: ${showControls(detail)}`]
  if (remedy !== null) lines.push(`    ${colors.bold('→')} ${showControls(remedy)}`)
  return `${lines.join('\n')}\n`
}

function summary({ diagnoses }: DoctorReport): string {
  const count = (wanted: Diagnosis['status']) => diagnoses.filter(({ status }) => status === wanted).length
  const of = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`
  if (count('problem') + count('warning') === 0) return 'All is well.'
  return `${of(count('problem'), 'problem')}, ${of(count('warning'), 'warning')}.`
}
