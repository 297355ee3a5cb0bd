import { existsSync } from 'node:fs'
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

/**
 * A real Chromium without a window: `OPTIO_TEST_BROWSER` names one, else an installed one, else the one that comes as an npm
 * package (Linux on x64).
 */
export async function launchBrowser(): Promise<Browser> {
  const installed = [process.env.OPTIO_TEST_BROWSER ?? '', ...INSTALLED].find(
    (file) => file && existsSync(file),
  )
  if (installed) return await chromium.launch({ executablePath: installed, args: ARGUMENTS })
  const { default: packaged } = await import('@sparticuz/chromium')
  return await chromium.launch({
    executablePath: await packaged.executablePath(),
    args: [...packaged.args, ...ARGUMENTS],
  })
}
