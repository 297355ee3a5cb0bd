import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'

/** Where systems install a browser; the first that is there is used. */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** No sandbox of its own, because tests may run as root; and silence towards the network, which may not be there. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Where the browser that comes packed is unpacked to, once; the version is part of the name. */
const UNPACKED = fileURLToPath(
  new URL('../../../../node_modules/.cache/optio-browser/147.0.0', import.meta.url),
)

const installed = [process.env.OPTIO_TEST_BROWSER ?? '', ...INSTALLED].find(
  (file) => file && existsSync(file),
)

/** Why there is no browser here, for the name of what is skipped; null when there is one. */
export const noBrowser: string | null =
  installed || (process.platform === 'linux' && process.arch === 'x64')
    ? null
    : 'no Chrome or Chromium is installed, and the packed one is for Linux on x64; set OPTIO_TEST_BROWSER'

/**
 * A real Chromium without a window: `OPTIO_TEST_BROWSER` names one, else an installed one, else the one that comes as an npm
 * package (Linux on x64).
 */
export async function launchBrowser(): Promise<Browser> {
  if (installed) return await chromium.launch({ executablePath: installed, args: ARGUMENTS })
  const executablePath = await packedBrowser()
  const env = { ...process.env, FONTCONFIG_PATH: process.env.FONTCONFIG_PATH ?? join(UNPACKED, 'fonts') }
  try {
    return await chromium.launch({ executablePath, args: ARGUMENTS, env })
  } catch {
    // A system without NSS: the package brings its libraries too.
    const libraries = join(UNPACKED, 'al2023', 'lib')
    return await chromium.launch({
      executablePath,
      args: ARGUMENTS,
      env: { ...env, LD_LIBRARY_PATH: libraries },
    })
  }
}

/**
 * The package unpacks into the system's temporary directory, and its libraries only where it believes to be on the platform it
 * was made for: so a process of its own unpacks, with such an environment.
 */
const UNPACK = "import chromium from '@sparticuz/chromium'; await chromium.executablePath()"

/** Unpacks into a place of its own and moves it there whole: test files that start at once must not see a half. */
async function packedBrowser(): Promise<string> {
  const executable = join(UNPACKED, 'chromium')
  if (existsSync(executable)) return executable
  const own = `${UNPACKED}.${process.pid}`
  await mkdir(own, { recursive: true })
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { PATH: process.env.PATH ?? '', TMPDIR: own, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' },
  })
  try {
    await rename(own, UNPACKED)
  } catch (error) {
    await rm(own, { recursive: true, force: true })
    if (!existsSync(executable)) throw error
  }
  return executable
}
