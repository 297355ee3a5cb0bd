import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage, settled } from './support/pages.ts'
import { connectRepository, createTask } from './support/repositories.ts'
import { seedManyTasks } from './support/seeds.ts'

const COUNT = 100_000

describe.skipIf(noBrowser !== null)(
  `the list of ${COUNT} tasks${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
      await seedManyTasks(optio, COUNT)
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    it('opens at once, holds few rows, and goes on while one scrolls', async () => {
      const { page, problems, close } = await openPage(browser)
      const started = performance.now()
      await page.goto(`${optio.url}/tasks`)
      await page.getByRole('link', { name: /^Task 1:/ }).waitFor()
      // It takes a fraction of this on an idle machine; tests share theirs.
      expect(performance.now() - started).toBeLessThan(8_000)
      await page.getByRole('link', { name: 'All 100,000' }).waitFor()

      for (let n = 0; n < 8; n += 1) {
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
        await page.waitForTimeout(150)
      }
      await eventually(async () => {
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
        return Number(await page.locator('[aria-posinset]').last().getAttribute('aria-posinset'))
      }).toBeGreaterThan(200)
      expect(await page.locator('[aria-posinset]').count()).toBeLessThan(60)
      expect(await accessibilityProblems(page)).toEqual([])
      expect(problems).toEqual([])
      await close()
    })

    it('filters are in the address and survive a reload', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks`)
      await page.getByRole('link', { name: /^Failed/ }).click()
      await page.getByRole('searchbox').fill('Task 4:')
      await page.waitForURL(/q=/)
      await eventually(() => page.getByRole('link', { name: /^Task 4:/ }).count()).toBe(1)
      const address = page.url()
      await page.reload()
      await settled(page)
      expect(page.url()).toBe(address)
      expect(await page.getByRole('searchbox').inputValue()).toBe('Task 4:')
      await page.getByRole('link', { name: /^Task 4:/ }).waitFor()
      await page.getByRole('searchbox').fill('there is no such task')
      await page.getByText('No task fits these filters').waitFor()
      await page.getByRole('link', { name: 'Show all tasks' }).click()
      await page.getByRole('link', { name: /^Task 1:/ }).waitFor()
      await close()
    })

    it('j and k go from task to task and Enter opens one', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks`)
      await page.getByRole('link', { name: /^Task 1:/ }).waitFor()
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
      await page.keyboard.press('j')
      await eventually(focused).toMatch(/^Task 1:/)
      for (let n = 0; n < 12; n += 1) {
        await page.keyboard.press('j')
        await eventually(focused).toMatch(new RegExp(`^Task ${n + 2}:`))
      }
      await page.keyboard.press('k')
      await eventually(focused).toMatch(/^Task 12:/)
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/tasks\/[0-9a-f-]{36}/)
      await close()
    })

    it('a task that is created elsewhere appears without a reload, and its end, too', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks`)
      await page.getByRole('link', { name: /^Task 1:/ }).waitFor()
      const repo = await connectRepository(optio, 'shop')
      await createTask(optio, repo, 'Made while somebody looks', [{ exit: 1 }], { maxRetries: 0 })
      const row = page.getByRole('listitem').filter({ hasText: 'Made while somebody looks' })
      await row.waitFor()
      await row.getByText('Failed', { exact: true }).waitFor()
      expect(problems).toEqual([])
      await close()
    })

    it('far down, the list keeps its place, and says that there is something new at the top', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks`)
      const down = async () => {
        await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
        return Number(await page.locator('[aria-posinset]').last().getAttribute('aria-posinset'))
      }
      await eventually(down).toBeGreaterThan(250)
      const repo = await connectRepository(optio, 'far-down')
      await createTask(optio, repo, 'Made far above', [{ exit: 1 }], { maxRetries: 0 })
      await page.getByRole('button', { name: '1 new task: show from the top' }).click()
      await page.getByRole('link', { name: 'Made far above' }).waitFor()
      await close()
    })

    it('what is done to many asks first and says to how many', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks`)
      await page.getByRole('button', { name: 'Retry all failed' }).click()
      // Both may lag by a second, each on its own.
      let failed = 0
      await eventually(async () => {
        failed = (await optio.client.tasks.stats()).stats.failed
        const words = `${failed.toLocaleString('en')} failed tasks`
        return await page.getByRole('dialog').getByText(words).isVisible()
      }).toBe(true)
      await page.getByRole('button', { name: 'Back' }).click()
      expect((await optio.client.tasks.stats()).stats.failed).toBeGreaterThanOrEqual(failed)
      await close()
    })
  },
)
