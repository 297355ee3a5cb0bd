import type { Repo } from '@optio/contract'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage, settled, sidewaysScroll } from './support/pages.ts'
import { awaitTask, committing, connectRepository, createTask } from './support/repositories.ts'

/** What would be markup, colours of a terminal, or writing turned round, were it not shown as text. */
const HOSTILE = '<img src=x onerror=alert(1)> \u001b[31mred\u001b[0m \u202Egnp.exe 👩‍🚀'
const SHOWN = '<img src=x onerror=alert(1)> \\u{1b}[31mred\\u{1b}[0m \\u{202e}gnp.exe 👩‍🚀'

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
] as const

describe.skipIf(noBrowser !== null)(
  `pages with much on them${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser
    let repo: Repo

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
      repo = await connectRepository(optio, 'shop', { testCommand: 'true', maxConcurrentTasks: 3 })
      const made = await Promise.all([
        createTask(optio, repo, HOSTILE, committing('a.js')),
        createTask(optio, repo, 'Finds nothing to do', [{ text: 'nothing' }]),
        createTask(optio, repo, 'Fails', [{ exit: 3 }], { maxRetries: 0 }),
      ])
      await Promise.all(
        made.map(({ id }) =>
          awaitTask(optio, id, ({ state, waitingOn }) => state === 'failed' || waitingOn === 'person'),
        ),
      )
      for (const name of ['One', 'Two', 'Three']) {
        const { id } = await createTask(optio, repo, `${name} that runs`, [{ hang: true }])
        await awaitTask(optio, id, ({ state }) => state === 'running')
      }
      await createTask(optio, repo, 'One that waits for its turn', [{ hang: true }])
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    it.each(['/', '/tasks', '/tasks?waitingOn=person', '/tasks/new', '/repos', '/repos/:id', '/system'])(
      '%s shows no error, is accessible and does not scroll sideways, narrow and light, wide and dark',
      async (path) => {
        for (const look of LOOKS) {
          const { page, problems, close } = await openPage(browser, look)
          await page.goto(optio.url + path.replace(':id', repo.id))
          await settled(page)
          expect(await accessibilityProblems(page)).toEqual([])
          expect(await sidewaysScroll(page)).toBe(0)
          expect(problems).toEqual([])
          await close()
        }
      },
    )

    it('the overview says what waits for whom and why', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(optio.url)
      const card = (name: string) => page.locator('section', { has: page.getByRole('heading', { name }) })
      await card('Waiting for you').getByText('The agent ended without committing anything.').waitFor()
      await card('Waiting for you').getByText('Checks pass: review and merge it.').waitFor()
      await card('Running').getByText('Three that runs').waitFor()
      await card('Queued').getByText('All 3 slots of its repository are in use.').waitFor()
      await card('Recently finished').getByText('Fails', { exact: true }).waitFor()
      await card('Cost').getByText('$0.25').first().waitFor()
      await eventually(() => page.title()).toBe('(2) Overview · Optio')
      await close()
    })

    it('the palette finds tasks by words and opens one, by keyboard alone', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(optio.url)
      await settled(page)
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox').fill('nothing to do')
      const found = page.getByRole('option', { name: 'Finds nothing to do' })
      await eventually(() => found.getAttribute('aria-selected')).toBe('true')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/tasks\/[0-9a-f-]{36}/)
      expect(problems).toEqual([])
      await close()
    })

    it.each(['/', '/tasks', '/repos/:id', '/system'])('a hostile title is text on %s', async (path) => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(optio.url + path.replace(':id', repo.id))
      await page.getByText(SHOWN).first().waitFor()
      expect(await page.locator('img[src=x]').count()).toBe(0)
      expect(problems).toEqual([])
      await close()
    })
  },
)
