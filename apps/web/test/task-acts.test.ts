import { executed, type Repo } from '@optio/contract'
import type { AgentStep } from '@optio/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, connectRepository, createTask } from './support/repositories.ts'

const TITLE = '<b>Mend</b> \u202ethe parser'

describe.skipIf(noBrowser !== null)(
  `what can be done on the page of a task${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser
    let repo: Repo

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
      repo = await connectRepository(optio, 'sample')
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    async function open(steps: AgentStep[], state: string, more: { maxRetries?: number } = {}) {
      const task = await createTask(optio, repo, TITLE, steps, more)
      await awaitTask(optio, task.id, (now) => now.state === state)
      const watched = await openPage(browser)
      await watched.page.goto(`${optio.url}/tasks/${task.id}`)
      await watched.page.getByRole('heading', { level: 1 }).waitFor()
      return { id: task.id, ...watched }
    }

    const choose = async (page: Page, act: string | RegExp) => {
      await page.getByRole('button', { name: 'More to do with this task' }).click()
      await page.getByRole('menuitem', { name: act }).click()
    }

    it('a running task is cancelled once that is confirmed, and the page says what is the case then', async () => {
      const { id, page, problems, close } = await open([{ say: 'working' }, { hang: true }], 'running')
      // Until the task is read the page is headed “Task”.
      await eventually(() => page.getByRole('heading', { level: 1 }).textContent()).toBe(
        '<b>Mend</b> \\u{202e}the parser',
      )
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click()
      expect(executed(await optio.client.tasks.get({ params: { id } })).task.state).toBe('running')
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      await page.getByRole('button', { name: 'Cancel the task' }).click()
      await page.getByText('It was cancelled').first().waitFor()
      await page.getByText('Cancelled', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Retry' }).waitFor()
      expect(problems).toEqual([])
      await close()
    })

    it('a task that needs attention says why, and goes on with the instructions it is given', async () => {
      const { id, page, problems, close } = await open([{ prompt: true }], 'needs_attention')
      await page.getByText('Waits for you').waitFor()
      await page.getByText('What would change that').waitFor()
      await page.getByText('no_changes').waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('button', { name: 'Resume…' }).click()
      await page.getByLabel('Instructions for the agent').fill('Look at <i>parser.ts</i> again.')
      await page.getByRole('button', { name: 'Resume', exact: true }).click()
      await page.getByText('It goes on').first().waitFor()
      await page.getByRole('feed').getByText('Look at <i>parser.ts</i> again.').first().waitFor()
      expect(
        (await optio.client.tasks.attempts({ params: { id } })).attempts.map(({ reason }) => reason),
      ).toContain('resume')
      await page.getByText('2 attempts').waitFor()
      expect(problems).toEqual([])
      await close()
    })

    it('a failed task says with which error, and is retried', async () => {
      const { id, page, problems, close } = await open([{ exit: 3 }], 'failed', { maxRetries: 0 })
      await page.getByText('It failed').waitFor()
      await page.getByText('The agent ended with exit code 3.', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Retry' }).click()
      await page.getByText('It is queued again').first().waitFor()
      await page.getByText('2 attempts').waitFor()
      await awaitTask(optio, id, ({ state }) => state === 'failed')
      expect(problems).toEqual([])
      await close()
    })

    it('a title, a priority and a budget are changed in place, and what is wrong is said before it is sent', async () => {
      const { id, page, problems, close } = await open([{ hang: true }], 'running')
      await page.getByRole('button', { name: 'Edit the title' }).click()
      await page.getByRole('textbox', { name: 'Title' }).fill('Another title')
      await page.getByRole('textbox', { name: 'Title' }).press('Enter')
      await page.getByRole('heading', { level: 1, name: 'Another title' }).waitFor()
      await choose(page, 'Change priority…')
      await page.getByRole('textbox', { name: 'Priority' }).fill('1001')
      await page.getByText('Give a whole number from 0 to 1000.').waitFor()
      await page.getByRole('textbox', { name: 'Priority' }).fill('7')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Its priority is 7').first().waitFor()
      await choose(page, 'Change budget…')
      await page.getByRole('textbox', { name: 'Budget in USD' }).fill('much')
      await page.getByText('Give an amount such as 2.50.').waitFor()
      await page.getByRole('textbox', { name: 'Budget in USD' }).fill('2.50')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('of $2.50').waitFor()
      const { task } = await optio.client.tasks.get({ params: { id } })
      expect(task).toMatchObject({ title: 'Another title', priority: 7 })
      expect(Number(task.budgetUsd)).toBe(2.5)
      expect(problems).toEqual([])
      await close()
      await optio.client.tasks.cancel({ params: { id } })
    })

    it('a task is deleted once that is confirmed, and its page says that it is gone', async () => {
      const { id, page, close } = await open([{ say: 'x' }], 'needs_attention')
      await choose(page, 'Delete…')
      await page.getByText('is set aside and kept for a while').waitFor()
      await page.getByRole('button', { name: 'Delete the task' }).click()
      await page.waitForURL(`${optio.url}/tasks`)
      await page.goto(`${optio.url}/tasks/${id}`)
      await page.getByText('There is no task at this address').waitFor()
      await close()
    })

    it('tabs are links and are walked through by keyboard; a change of tab keeps the page', async () => {
      const { id, page, problems, close } = await open([{ say: 'x' }], 'needs_attention')
      const tab = (name: RegExp) => page.getByRole('tab', { name })
      expect(await tab(/Log/).getAttribute('aria-selected')).toBe('true')
      expect(await tab(/History/).getAttribute('href')).toBe(`/tasks/${id}?tab=history`)
      await tab(/Log/).focus()
      await page.keyboard.press('ArrowLeft')
      await page.waitForURL(/tab=history/)
      expect(await tab(/History/).evaluate((element) => element === document.activeElement)).toBe(true)
      await page.goBack()
      await page.getByRole('feed').waitFor()
      expect(problems).toEqual([])
      await close()
    })
  },
)
