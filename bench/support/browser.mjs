import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** An installed Chromium without a window; `OPTIO_TEST_BROWSER` names another. */
export function launchBrowser() {
  const executablePath = [process.env.OPTIO_TEST_BROWSER ?? '', ...INSTALLED].find(
    (file) => file && existsSync(file),
  )
  if (executablePath === undefined) {
    throw new Error('no Chrome or Chromium is installed; set OPTIO_TEST_BROWSER to one')
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
}
