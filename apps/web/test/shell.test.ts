import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'

describe.skipIf(noBrowser !== null)(
  `the shell of the pages${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    it.each(['/', '/tasks', '/tasks/new', '/repos', '/repos/new', '/system', '/nothing/here'])(
      'an empty installation shows %s without an error and accessibly, dark and light',
      async (path) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          const { page, problems, close } = await openPage(browser, { colorScheme })
          await page.goto(optio.url + path)
          await page.getByRole('heading', { level: 1 }).waitFor()
          expect(await accessibilityProblems(page)).toEqual([])
          expect(problems).toEqual([])
          await close()
        }
      },
    )

    it('a mistyped address of the API is an error, not a page', async () => {
      const answer = await fetch(`${optio.url}/api/nothing`, { headers: { accept: 'text/html' } })
      expect(answer.status).toBe(404)
      expect(answer.headers.get('content-type')).toContain('application/json')
    })
  },
)
