import { execFile } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** From the sources and from the build alike. */
const CHECKOUT = fileURLToPath(new URL('../../..', import.meta.url))

/** The version the tests drive, whatever Node they run on: what `npm` picks by itself depends on Node. */
const VERSION = '2.1.197'
const PACKAGE = '@anthropic-ai/claude-code'

const INSTALL_MS = 5 * 60_000

/** The real Claude Code, or why it can't be had here. */
export type ClaudeCodeCli =
  /** Directory with the program `claude`, to be put on a PATH. */
  { readonly bin: string; readonly missing: null } | { readonly bin: null; readonly missing: string }

/**
 * Installs the pinned Claude Code into a cache, once. It is no dependency of Optio: its licence lets nobody pass it on.
 *
 * The cache is `OPTIO_TEST_CACHE`, else below `node_modules/.cache`. Where it can't be installed the tests are skipped with
 * the reason in their name; with `OPTIO_TEST_AGENTS=require` this throws instead, and with `skip` nothing is installed.
 */
export async function claudeCodeCli(): Promise<ClaudeCodeCli> {
  const wish = process.env.OPTIO_TEST_AGENTS ?? ''
  if (!['', 'require', 'skip'].includes(wish))
    throw new Error(`OPTIO_TEST_AGENTS is “${wish}”: require or skip`)
  if (wish === 'skip') return { bin: null, missing: 'OPTIO_TEST_AGENTS=skip' }
  const cache = process.env.OPTIO_TEST_CACHE || join(CHECKOUT, 'node_modules', '.cache', 'optio')
  const place = join(cache, `claude-code-${VERSION}-${process.platform}-${process.arch}`)
  try {
    if (!(await exists(join(place, 'bin', 'claude')))) await install(place)
    return { bin: join(place, 'bin'), missing: null }
  } catch (error) {
    const missing = `Claude Code ${VERSION} can’t be installed: ${reasonOf(error)}`
    if (wish === 'require') throw new Error(missing, { cause: error })
    console.warn(`SKIPPED: ${missing}`)
    return { bin: null, missing }
  }
}

/** Made beside its place and moved there when it is whole, so that tests that install it at once do each other no harm. */
async function install(place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  const made = await mkdtemp(`${place}.`)
  try {
    // What runs agents may be another user than the one who installs.
    await chmod(made, 0o755)
    await writeFile(join(made, 'package.json'), '{ "private": true }\n')
    // Its install script only links the program of this platform to another place, which is done below.
    const args = [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      '--loglevel=error',
    ]
    await run('npm', [...args, `${PACKAGE}@${VERSION}`], made)
    const program = await findProgram(made)
    await mkdir(join(made, 'bin'))
    const link = join(made, 'bin', 'claude')
    await symlink(relative(dirname(link), program), link)
    const said = await run(link, ['--version'], made)
    if (!said.startsWith(VERSION)) throw new Error(`it says that it is version ${said.trim()}`)
    await rename(made, place).catch(async (error: unknown) => {
      // Somebody else was faster: theirs is as good.
      if (!(await exists(join(place, 'bin', 'claude')))) throw error
    })
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}

/** The package of this platform, which npm chose by its `os`, `cpu` and `libc`. */
async function findProgram(made: string): Promise<string> {
  const scope = join(made, 'node_modules', dirname(PACKAGE))
  for (const name of await readdir(scope)) {
    const program = join(scope, name, 'claude')
    if (await exists(program)) return program
  }
  throw new Error(`there is no program for ${process.platform} on ${process.arch}`)
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  // npm hands its own settings down to scripts; the workspaces of this checkout mean nothing there.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_config_(local_prefix|prefix|workspaces?)$/.test(name),
    ),
  )
  const { stdout } = await promisify(execFile)(program, args, { cwd, env, timeout: INSTALL_MS })
  return stdout
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

/** The first line that says something: npm writes several. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string }
  const lines = `${stderr || message}`.split('\n').map((line) => line.replace(/^npm error /, '').trim())
  return (
    lines.find((line) => line !== '' && !/^(code|syscall|errno) /.test(line)) ?? 'no reason is known'
  ).slice(0, 200)
}
