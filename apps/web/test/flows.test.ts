import { executed } from '@optio/contract'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage, settled } from './support/pages.ts'
import { connectRepository, createTask, makeRepository } from './support/repositories.ts'

describe.skipIf(noBrowser !== null)(
  `what people do on the pages${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
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

    it('a repository is connected, and what its files suggest is taken', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/repos/new`)
      await page.getByLabel('Path').fill(`${optio.directory}/nothing-here`)
      await page.keyboard.press('Enter')
      const path = page.getByLabel('Path')
      await eventually(() => path.getAttribute('aria-invalid')).toBe('true')
      expect(await page.evaluate(() => document.activeElement?.getAttribute('placeholder'))).toContain(
        '/home',
      )

      const manifest = JSON.stringify({ scripts: { test: 'node --test' } })
      await path.fill(await makeRepository(optio, 'suggesting', { 'package.json': manifest }))
      await page.keyboard.press('Enter')
      const test = page.getByLabel(/^Test command/)
      await test.waitFor()
      expect(await test.inputValue()).toBe('npm test')
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByLabel('Agent', { exact: true }).selectOption('command')
      await page.getByLabel('Command of the agent').fill('true')
      await page.getByRole('button', { name: 'Save and write a task' }).click()
      await page.waitForURL(/\/tasks\/new\?repo=/)
      const { repos } = await optio.client.repos.list()
      expect(repos[0]).toMatchObject({
        testCommand: 'npm test',
        agentCommand: ['true'],
        fullName: 'suggesting',
      })
      // The browser itself writes a line about the answer 422; there is nothing else.
      expect(problems.filter((problem) => !problem.includes('422'))).toEqual([])
      await close()
    })

    it('a task is created by keyboard alone; its draft survives a reload', async () => {
      const repo = await connectRepository(optio, 'by-keyboard')
      const { page, problems, close } = await openPage(browser)
      await page.goto(optio.url)
      await settled(page)
      await page.keyboard.press('n')
      await page.waitForURL('**/tasks/new')
      const prompt = page.getByLabel('What is to be done')
      await prompt.waitFor()
      await eventually(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
      await page.keyboard.type('Write a poem')
      await page.keyboard.press('Shift+Tab')
      await page.keyboard.type('by-keyboard')
      await page.reload()
      await prompt.waitFor()
      expect(await prompt.inputValue()).toBe('Write a poem')
      await prompt.focus()
      await page.keyboard.press('Control+Enter')
      await page.waitForURL(/\/tasks\/[0-9a-f-]{36}/)
      const { tasks } = await optio.client.tasks.list({ query: { q: 'Write a poem' } })
      expect(tasks[0]).toMatchObject({ title: 'Write a poem', repoUrl: repo.repoUrl })
      expect(problems).toEqual([])

      await prompt.waitFor({ state: 'detached' })
      await settled(page)
      await page.keyboard.press('n')
      await prompt.waitFor()
      expect(await prompt.inputValue()).toBe('')
      await close()
    })

    it('what is wrong with a task is said at its field', async () => {
      const repo = await connectRepository(optio, 'wrong')
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks/new?repo=${repo.id}`)
      await page.getByLabel('What is to be done').fill('Do it')
      await page.getByText('More options').click()
      await page.getByLabel(/^Base branch/).fill('no-such-branch')
      await page.getByLabel(/^Budget/).fill('a lot')
      await page.keyboard.press('Control+Enter')
      await page.getByText('must be a decimal string in USD').waitFor()
      await page.getByLabel(/^Budget/).fill('2.50')
      await page.keyboard.press('Control+Enter')
      await page.getByText('has no branch').waitFor()
      expect(await page.getByLabel(/^Base branch/).getAttribute('aria-invalid')).toBe('true')
      await close()
    })

    it('settings: only what was changed is saved, and leaving with changes asks', async () => {
      const repo = await connectRepository(optio, 'settings', { testCommand: 'make test' })
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/repos/${repo.id}`)
      await page.getByLabel('Longest attempt, in minutes').fill('1.5')
      await page.getByText('1 unsaved change.').waitFor()
      // Meanwhile somebody else changes something: it shows, and saving does not undo it.
      await optio.client.repos.edit({ params: { id: repo.id }, body: { testCommand: 'make check' } })
      await page.getByRole('link', { name: 'Tasks', exact: true }).click()
      await page.getByRole('dialog').getByText('Leave without saving?').waitFor()
      await page.getByRole('button', { name: 'Back' }).click()
      expect(new URL(page.url()).pathname).toBe(`/repos/${repo.id}`)
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Settings saved').first().waitFor()
      const { repo: saved } = await optio.client.repos.get({ params: { id: repo.id } })
      expect(saved).toMatchObject({ maxAttemptMs: 90_000, testCommand: 'make check' })
      await eventually(() => page.getByLabel('Test command').inputValue()).toBe('make check')
      await page.getByLabel('Agents at work at once').fill('none')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('must be a number').waitFor()
      await page.getByRole('button', { name: 'Discard' }).click()
      await page.getByRole('link', { name: 'Tasks', exact: true }).click()
      await page.waitForURL('**/tasks')
      expect(problems).toEqual([])
      await close()
    })

    it('a repository with unfinished tasks is not disconnected, and it says why; another one is', async () => {
      const repo = await connectRepository(optio, 'in-use')
      const { id } = await createTask(optio, repo, 'Hangs', [{ hang: true }])
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/repos/${repo.id}`)
      const disconnect = async () => {
        await page.getByRole('button', { name: 'Disconnect…' }).click()
        await page.getByRole('button', { name: 'Disconnect', exact: true }).click()
      }
      await disconnect()
      await page.getByText('REPO_IN_USE').waitFor()
      await page.getByRole('button', { name: 'Back' }).click()
      await optio.client.tasks.cancel({ params: { id } })
      await disconnect()
      await page.waitForURL('**/repos')
      await page.goto(`${optio.url}/repos/${repo.id}`)
      await page.getByText('This repository is not connected').waitFor()
      await close()
    })

    it('the browser notifies of a task that waits, once, and not of the one that is looked at', async () => {
      const repo = await connectRepository(optio, 'notifying')
      const { page, problems, close } = await openPage(browser, { permissions: ['notifications'] })
      await watchNotifications(page)
      await page.goto(`${optio.url}/system`)
      await page.getByRole('button', { name: 'News', exact: true }).click()
      await page.getByRole('checkbox', { name: 'Notify me in the browser' }).click()
      await page.keyboard.press('Escape')
      await createTask(optio, repo, 'Finds nothing', [{ text: 'nothing' }])
      await eventually(() => shownNotifications(page)).toEqual(['Waits for you: Finds nothing'])
      await page.getByRole('button', { name: 'News: 1 new' }).click()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('link', { name: /Finds nothing/ }).click()
      await page.waitForURL(/\/tasks\/[0-9a-f-]{36}/)
      await page.getByRole('button', { name: 'News', exact: true }).waitFor()

      const watched = await createTask(optio, repo, 'Is looked at', [{ sleep: 4000 }, { exit: 1 }], {
        maxRetries: 0,
      })
      await page.goto(`${optio.url}/tasks/${watched.id}`)
      await settled(page)
      const other = await createTask(optio, repo, 'Fails elsewhere', [{ sleep: 5000 }, { exit: 1 }], {
        maxRetries: 0,
      })
      await eventually(() => shownNotifications(page)).toEqual(['Failed: Fails elsewhere'])
      const { task } = executed(await optio.client.tasks.get({ params: { id: watched.id } }))
      expect(task.state).toBe('failed')
      expect(other.id).not.toBe(watched.id)
      expect(problems).toEqual([])
      await close()
    })
  },
)

/** A browser without a window shows no notifications; what pages ask it to show is kept instead. */
async function watchNotifications(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shown: string[] = []
    class Kept {
      static permission = 'granted'
      static requestPermission = async () => 'granted'
      onclick: (() => void) | null = null
      constructor(title: string) {
        shown.push(title)
      }
      close() {}
    }
    Object.assign(window, { Notification: Kept, shownNotifications: shown })
  })
}

async function shownNotifications(page: Page): Promise<string[]> {
  return await page.evaluate(() => (window as unknown as { shownNotifications: string[] }).shownNotifications)
}
