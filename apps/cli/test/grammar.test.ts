import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.ts'
import { createProgram } from '../src/program.ts'
import { Place } from './support/place.ts'

let place: Place
beforeAll(async () => {
  place = await Place.make()
})
afterAll(async () => {
  await place.close()
})

function leaves(command: Command, path: readonly string[] = []): { path: string; options: string[] }[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((child) => leaves(child, [...path, child.name()]))
  }
  return [{ path: path.join(' '), options: command.options.map(({ long }) => long ?? '') }]
}

const program = await createProgram(() => async () => undefined)
const document = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')

describe('docs/cli.md', () => {
  // A row: | `optio task list` | what it does; `--option` … |
  const rows = new Map(
    [...document.matchAll(/^\| `optio ([a-z -]+?)(?: [<[].*?)?` \| (.+) \|$/gm)].map(
      ([, path = '', text = '']) => [path, text],
    ),
  )

  it('has every command of the program with every option, and no other', () => {
    const commands = leaves(program)
    expect([...rows.keys()].sort()).toEqual(commands.map(({ path }) => path).sort())
    const missing = commands.flatMap(({ path, options }) =>
      options
        .filter((option) => !rows.get(path)?.includes(`\`${option}`))
        .map((option) => `${path} ${option}`),
    )
    expect(missing).toEqual([])
  })

  it('has every exit code', () => {
    const codes = [...document.matchAll(/^\| (\d+) \| .+ \|$/gm)].map(([, code]) => Number(code))
    expect(codes).toEqual(Object.values(EXIT))
  })
})

describe('without a server', () => {
  it('says its version and explains itself', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await place.optio(['--version'])).toMatchObject({ code: 0, out: `${version}\n` })
    const help = await place.optio(['task', 'new', '--help'])
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining('--budget') })
  })

  it('ends with 2 for what it cannot understand, and says so on stderr only', async () => {
    for (const args of [
      ['nonsense'],
      ['task', 'show'],
      ['task', 'new', '--priority', 'high'],
      ['completion', 'tcsh'],
    ]) {
      expect(await place.optio(args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/.+/) })
    }
    expect(await place.optio(['status', '--url', 'ftp://x'])).toMatchObject({ code: 2, out: '' })
  })

  it('ends with 5 and says how to start it, also in JSON', async () => {
    const env = { OPTIO_URL: 'http://127.0.0.1:9' }
    expect(await place.optio(['task', 'list'], { env })).toMatchObject({
      code: 5,
      out: '',
      err: expect.stringContaining('optio start'),
    })
    const { code, out, err } = await place.optio(['status', '--json'], { env })
    expect({ code, out, error: JSON.parse(err) }).toMatchObject({
      code: 5,
      out: '',
      error: { code: 'NOT_RUNNING' },
    })
    expect(await place.optio(['stop'])).toMatchObject({ code: 5 })
  })

  it('examines the machine by itself, and starts no database for that', async () => {
    // An address at which nobody is, whoever else has a server on this machine.
    const env = { OPTIO_URL: 'http://127.0.0.1:9' }
    const { code, out } = await place.optio(['doctor', '--json'], { env })
    const { report } = JSON.parse(out)
    expect(code).toBe(report.ok ? 0 : 1)
    expect(report.diagnoses.find(({ id }: { id: string }) => id === 'database').detail).toContain(
      'first start',
    )
  })
})

describe('completion', () => {
  it('in bash knows what may follow', async () => {
    const { out } = await place.optio(['completion', 'bash'])
    const complete = (...words: string[]) =>
      execFileSync('bash', [
        '-c',
        `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _optio; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ])
        .toString()
        .trim()
        .split('\n')
    expect(complete('optio', 'ta')).toEqual(['task', 'task-template'])
    expect(complete('optio', 'task', 're').sort()).toEqual(
      ['review', 'request-review', 'retry', 'resume', 'restart', 'redo', 'reorder', 'retry-failed'].sort(),
    )
    expect(complete('optio', 'blue')).toEqual(['blueprint'])
    expect(complete('optio', 'trigger', 'add', '')).toEqual(
      expect.arrayContaining(['schedule', 'webhook', 'ticket', 'manual']),
    )
    expect(complete('optio', 'trigger', 'add', 'webhook', 'Notes', 'notes', '--sec')).toEqual([
      '--secret-file',
    ])
    expect(complete('optio', 'task', 'subtask', 's')).toEqual(['status'])
    expect(complete('optio', '--json', 'task', 'new', '--bud')).toEqual(['--budget'])
    expect(complete('optio', 'task', 'review', '1234', 'app')).toEqual(['approve'])
  })

  it('is made for zsh and fish too', async () => {
    expect((await place.optio(['completion', 'zsh'])).out).toContain('compdef _optio optio')
    expect((await place.optio(['completion', 'fish'])).out).toContain(
      "complete -c optio -n '__fish_use_subcommand' -a task",
    )
  })
})
