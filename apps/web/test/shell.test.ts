import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage, settled, sidewaysScroll } from './support/pages.ts'

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const

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
      'an empty installation shows %s without an error, accessibly and without scrolling sideways, wide and light, narrow and dark',
      async (path) => {
        for (const look of LOOKS) {
          const { page, problems, close } = await openPage(browser, look)
          await page.goto(optio.url + path)
          await settled(page)
          expect(await accessibilityProblems(page)).toEqual([])
          expect(await sidewaysScroll(page)).toBe(0)
          expect(problems).toEqual([])
          await close()
        }
      },
    )

    it.each([0, 12_345])(
      'the header fits at every width, also while %i tasks wait for a person',
      async (waitingForPerson) => {
        const { page, problems, close } = await openPage(browser)
        await page.route('**/api/tasks/stats*', async (route) => {
          const response = await route.fetch()
          const { stats } = await response.json()
          await route.fulfill({ response, json: { stats: { ...stats, waitingForPerson } } })
        })
        await page.goto(optio.url)
        await settled(page)
        if (waitingForPerson > 0) await page.getByText('999+').first().waitFor()
        const tooWide: number[] = []
        for (const width of [320, 390, 639, 640, 767, 768, 1023, 1024, 1279, 1280, 1535, 1536, 1920]) {
          await page.setViewportSize({ width, height: 900 })
          if ((await sidewaysScroll(page)) > 0) tooWide.push(width)
        }
        expect(tooWide).toEqual([])
        expect(problems).toEqual([])
        await close()
      },
    )

    it.each([
      ['/tasks?waitingOn=person', 'Kinds of tasks', 'Waiting for you'],
      ['/automations?kind=standalone', 'Kinds of automations', 'Standalone tasks'],
      ['/templates/tasks', 'Kinds of templates', 'Tasks'],
      ['/activity?by=people', 'Whose activity', 'By people'],
      ['/settings/github', 'Settings', 'GitHub'],
    ])('of the views beside each other only the one at %s is called current', async (path, label, shown) => {
      const { page, close } = await openPage(browser)
      await page.goto(optio.url + path)
      const tabs = page.getByRole('navigation', { name: label })
      await tabs.waitFor()
      expect(await tabs.locator('[aria-current=page]').allInnerTexts()).toEqual([
        expect.stringContaining(shown),
      ])
      await close()
    })

    it('the first visit says what Optio is and what to do first', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(optio.url)
      await page.getByRole('heading', { name: 'Welcome to Optio' }).waitFor()
      await page.getByRole('link', { name: 'Connect a repository' }).click()
      await page.getByRole('heading', { level: 1, name: 'Connect a repository' }).waitFor()
      await close()
    })

    it('single keys open pages, not while somebody types and not when they are switched off', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(optio.url)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.keyboard.press('g')
      await page.keyboard.press('s')
      await page.waitForURL('**/system')
      await page.keyboard.press('/')
      await page.waitForURL('**/tasks#search')
      const search = page.getByRole('searchbox')
      await search.waitFor()
      await page.keyboard.type('g r n')
      await eventually(() => search.inputValue()).toBe('g r n')
      expect(new URL(page.url()).pathname).toBe('/tasks')

      await search.blur()
      await page.keyboard.press('?')
      await page.getByRole('checkbox', { name: 'Single-key shortcuts' }).click()
      await page.keyboard.press('Escape')
      await page.keyboard.press('n')
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Find and do' }).waitFor()
      expect(new URL(page.url()).pathname).toBe('/tasks')
      await close()
    })

    it('the palette goes to what is typed, by keyboard alone', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(optio.url)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill('repositories')
      expect(await accessibilityProblems(page)).toEqual([])
      await page.keyboard.press('Enter')
      await page.waitForURL('**/repos')
      // The heading has the focus: what opened is read out.
      await eventually(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Repositories')
      expect(problems).toEqual([])
      await close()
    })

    it('a chosen theme is there again after a reload, whatever the system’s is', async () => {
      const { page, close } = await openPage(browser, { colorScheme: 'light' })
      await page.goto(optio.url)
      const isDark = () => page.evaluate(() => document.documentElement.classList.contains('dark'))
      await page.getByRole('button', { name: /^Theme/ }).click()
      await page.getByRole('button', { name: /^Theme: light/ }).click()
      await eventually(isDark).toBe(true)
      await page.reload()
      expect(await isDark()).toBe(true)
      await close()
    })

    it('a pause is told on every page, with its reason, and ended from there', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/system`)
      await page.getByRole('button', { name: 'Pause…' }).click()
      await page.getByLabel(/^Reason/).fill('The <b>budget</b> is spent')
      await page.keyboard.press('Enter')
      await page.getByText('no new agents start. “The <b>budget</b> is spent”').waitFor()
      await page.getByRole('link', { name: 'Repositories' }).click()
      await page.getByRole('heading', { level: 1, name: 'Repositories' }).waitFor()
      await page.getByRole('button', { name: 'Resume' }).click()
      await page.getByText('The <b>budget</b> is spent').waitFor({ state: 'detached' })
      expect((await optio.client.system.get()).system.paused).toBeNull()
      await close()
    })

    it('a server that goes away is told, and when it is back the page goes on by itself', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/repos`)
      await settled(page)
      await optio.halt()
      await page.getByText('Optio does not answer').waitFor()
      await optio.again()
      await page.getByText('Optio does not answer').waitFor({ state: 'detached' })
      await optio.client.system.pause({ body: { reason: 'to see it' } })
      await page.getByText('to see it').waitFor()
      await optio.client.system.unpause()
      await close()
    })

    it('a mistyped address of the API is an error, not a page', async () => {
      const answer = await fetch(`${optio.url}/api/nothing`, { headers: { accept: 'text/html' } })
      expect(answer.status).toBe(404)
      expect(answer.headers.get('content-type')).toContain('application/json')
    })
  },
)
