import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createWorld, mechanismWorks, NEVER, output, readQuietly } from './support.ts'

/** Not below /tmp, which steps have of their own. */
const world = createWorld('/var/tmp')
const { works, detail } = mechanismWorks('bubblewrap')
if (!works) console.warn(`NOT TESTED: hiding files from steps (${detail}).`)

describe.skipIf(!works)('what bubblewrap hides', () => {
  const home = join(world.root, 'home')
  const data = join(world.root, 'data')
  const environment = join(data, 'runs', 'one')
  beforeAll(() => {
    mkdirSync(join(home, '.ssh'), { recursive: true })
    mkdirSync(join(world.root, 'keys'))
    mkdirSync(join(environment, 'tmp'), { recursive: true })
    mkdirSync(join(data, 'runs', 'two'))
    mkdirSync(join(data, 'mirror'))
    writeFileSync(join(home, '.ssh', 'id_ed25519'), 'SECRET')
    writeFileSync(join(home, '.netrc'), 'SECRET')
    writeFileSync(join(home, '.profile'), 'ordinary')
    writeFileSync(join(world.root, 'keys', 'token'), 'SECRET')
    symlinkSync(join(world.root, 'keys'), join(home, '.aws'))
    writeFileSync(join(data, 'socket'), 'SECRET')
    writeFileSync(join(data, 'runs', 'two', 'file'), 'SECRET')
    writeFileSync(join(data, 'mirror', 'HEAD'), 'mirrored')
  })
  const sandbox = {
    readWrite: [environment],
    readOnly: [join(data, 'mirror')],
    hidden: [
      data,
      join(home, '.ssh'),
      join(home, '.netrc'),
      join(home, '.aws'),
      join(home, '.kube'),
      join(data, 'socket'),
    ],
  }

  async function run(script: string): Promise<string> {
    return await runProgram((spec) => spec.argv, script)
  }

  async function runProgram(
    argvOf: (spec: { readonly argv: readonly string[] }) => readonly string[],
    script: string,
  ): Promise<string> {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: home,
      TMPDIR: join(environment, 'tmp'),
      DATA: data,
      PROBE_MARK: world.mark,
    }
    const spec = world.sh(script, { cwd: environment, env, sandbox, dir: undefined as never })
    const runtime = world.runtime({ isolation: 'bubblewrap' })
    await runtime.start({ ...spec, argv: argvOf(spec) })
    await runtime.waitForEnd(spec.dir, NEVER)
    return output(spec) + readQuietly(join(spec.dir, 'err'))
  }

  test('hidden files and directories cannot be found, read or replaced, also through links', async () => {
    const text = await run(`
      cat ~/.ssh/id_ed25519 ~/.netrc ~/.aws/token $DATA/socket $DATA/runs/two/file
      ls -A ~/.ssh ~/.aws/ $DATA/runs
      grep -rs SECRET ~ $DATA
      mkdir ~/.ssh/new; echo x >~/.netrc; umount ~/.ssh; umount -l $DATA; rm -rf ~/.ssh ~/.netrc
      cat ~/.ssh/id_ed25519 ~/.netrc $DATA/socket; cat ~/.profile`)
    expect(text).not.toContain('SECRET')
    expect(text).not.toContain('two\n')
    expect(text).toContain('ordinary')
    expect(readFileSync(join(home, '.netrc'), 'utf8')).toBe('SECRET')
    expect(readFileSync(join(home, '.ssh', 'id_ed25519'), 'utf8')).toBe('SECRET')
  })

  test('a hidden file reads as an empty one', async () => {
    expect(await run('cat ~/.netrc && echo "readable, $(wc -c <~/.netrc) bytes"')).toMatch(
      /^readable, 0 bytes\n$/,
    )
  })

  test('its own environment is writable, what it may read is readable, the rest is read-only', async () => {
    const text = await run(`
      echo made >made && mkdir -p sub && echo $(cat made) here
      cat $DATA/mirror/HEAD; echo; echo x >$DATA/mirror/HEAD || echo mirror is read-only
      echo x >~/new || echo home is read-only
      echo x >/etc/new || echo etc is read-only
      echo x >/tmp/new && echo tmp is writable`)
    for (const line of [
      'made here',
      'mirrored',
      'mirror is read-only',
      'home is read-only',
      'etc is read-only',
      'tmp is writable',
    ])
      expect(text).toContain(line)
    expect(readFileSync(join(environment, 'made'), 'utf8')).toBe('made\n')
    expect(readFileSync(join(data, 'mirror', 'HEAD'), 'utf8')).toBe('mirrored')
  })

  test('a program below /tmp finds itself and what lies beside it, and nothing else of /tmp', async () => {
    const place = mkdtempSync('/tmp/optio-program-')
    const other = mkdtempSync('/tmp/optio-other-')
    try {
      writeFileSync(
        join(place, 'agent.sh'),
        `cat "$(dirname "$0")/beside"; cat ${other}/file; echo x >"$0.new" || echo read-only`,
      )
      writeFileSync(join(place, 'beside'), 'found what lies beside it\n')
      writeFileSync(join(other, 'file'), 'SECRET')
      const text = await runProgram(() => ['/bin/sh', join(place, 'agent.sh')], '')
      expect(text).toContain('found what lies beside it')
      expect(text).toContain('read-only')
      expect(text).not.toContain('SECRET')
    } finally {
      for (const path of [place, other]) rmSync(path, { recursive: true })
    }
  })

  test('other processes of the machine cannot be seen', async () => {
    const text = await run(
      `cat /proc/${process.pid}/cmdline /proc/${process.ppid}/environ 2>/dev/null; ls -d /proc/[0-9]* | wc -l`,
    )
    expect(Number(text.trim().split('\n').at(-1))).toBeLessThan(10)
  })

  test('the isolation is said to hide files', async () => {
    expect(await world.runtime({ isolation: 'bubblewrap' }).isolation()).toMatchObject({
      processes: 'bubblewrap',
      hidesFiles: true,
    })
  })
})
