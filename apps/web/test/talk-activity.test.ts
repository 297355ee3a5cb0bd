import { executed, type Repo } from '@optio/contract'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, connectRepository, createTask } from './support/repositories.ts'
import { expectSound, HOSTILE, SHOWN } from './support/sound.ts'

describe.skipIf(noBrowser !== null)(
  `comments, messages, activity and how long things are kept${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser
    let repo: Repo

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    it('the activity of an empty installation says what will be there, and what happens shows at once', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/activity?by=people`)
      await page.getByRole('heading', { name: 'Nobody has done anything yet' }).waitFor()
      await page.goto(`${optio.url}/activity`)
      repo = await connectRepository(optio, 'shop')
      const task = await createTask(optio, repo, HOSTILE, [{ exit: 3 }], { maxRetries: 0 })
      const feed = page.getByRole('list', { name: 'What happened, newest first' })
      await feed.getByText('is now “Failed”').waitFor()
      await feed.getByText('was created').waitFor()
      expect(await feed.getByRole('link').first().textContent()).toBe(SHOWN)
      await page.getByRole('link', { name: 'By people' }).click()
      await feed.getByText('is now “Failed”').waitFor({ state: 'detached' })
      await feed.getByText('was created').waitFor()
      await optio.client.tasks.retry({ params: { id: task.id } })
      await eventually(() => feed.getByRole('listitem').count()).toBeGreaterThan(1)
      await feed.getByRole('link').first().click()
      await page.getByRole('tab', { name: 'History' }).click()
      await page.getByRole('link', { name: 'Everything' }).click()
      await page.waitForURL(/show=all/)
      await page.getByRole('list', { name: 'What happened, newest first' }).getByText('Was created').waitFor()
      expect(problems).toEqual([])
      await close()
      await expectSound(browser, `${optio.url}/activity`)
      await expectSound(browser, `${optio.url}/tasks/${task.id}?tab=history&show=all`)
    })

    it('the feed goes back page by page', async () => {
      const task = await createTask(optio, repo, 'Much is said', [{ exit: 3 }], { maxRetries: 0 })
      await awaitTask(optio, task.id, ({ state }) => state === 'failed')
      for (let n = 1; n <= 60; n++) {
        await optio.client.comments.create({ params: { id: task.id }, body: { content: `Number ${n}.` } })
      }
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks/${task.id}?tab=history&show=people`)
      const rows = page.getByRole('list', { name: 'What happened, newest first' }).getByRole('listitem')
      await rows.filter({ hasText: 'Number 60.' }).waitFor()
      expect(await rows.count()).toBe(50)
      await page.getByRole('button', { name: 'Show older' }).click()
      await rows.filter({ hasText: 'Number 1.' }).waitFor()
      expect(await rows.count()).toBe(61)
      expect(problems).toEqual([])
      await close()
    })

    it('a comment is added, changed and deleted, as text, and others see it at once', async () => {
      const task = await createTask(optio, repo, 'To be talked about', [{ hang: true }])
      const address = `${optio.url}/tasks/${task.id}?tab=talk`
      const [mine, other] = await Promise.all([openPage(browser), openPage(browser)])
      await Promise.all([mine.page.goto(address), other.page.goto(address)])
      await mine.page.getByText('Nobody has said anything yet.').waitFor()
      await mine.page.getByLabel('Add a comment').fill(`Is this right?\n${HOSTILE}`)
      await mine.page.getByLabel('Add a comment').press('Control+Enter')
      for (const { page } of [mine, other]) {
        await page.getByRole('list', { name: 'Comments, the oldest first' }).getByText(SHOWN).waitFor()
        expect(await page.locator('img[src=x]').count()).toBe(0)
      }
      expect(await mine.page.getByLabel('Add a comment').inputValue()).toBe('')

      await mine.page.getByRole('button', { name: 'Edit this comment' }).click()
      await mine.page.getByLabel('Change the comment').fill('It is right.')
      await mine.page.keyboard.press('Control+Enter')
      await other.page.getByText('It is right.').waitFor()
      await other.page.getByText(/changed/).waitFor()
      expect(await accessibilityProblems(mine.page)).toEqual([])

      await mine.page.getByRole('button', { name: 'Delete this comment' }).click()
      await mine.page.getByRole('button', { name: 'Delete the comment' }).click()
      for (const { page, problems } of [mine, other]) {
        await page.getByText('Nobody has said anything yet.').waitFor()
        expect(problems).toEqual([])
      }
      const { comments } = await optio.client.comments.list({ params: { id: task.id } })
      expect(comments).toEqual([])

      // Its agent, a program of one's own, takes no messages: the page says so instead of showing a field.
      await mine.page.getByText(/takes no messages while it works/).waitFor()
      expect(await mine.page.getByLabel('Say something to the agent').count()).toBe(0)
      await Promise.all([mine.close(), other.close()])
      await expectSound(browser, address)
      await optio.client.tasks.cancel({ params: { id: task.id } })
    })

    it('how long things are kept is changed on the page of the system, and a mistake is said at its field', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/system`)
      const card = page.locator('section', {
        has: page.getByRole('heading', { name: 'How long things are kept' }),
      })
      await card.getByLabel('Logs').fill('soon')
      await card.getByRole('button', { name: 'Save' }).click()
      await card.getByText('must be a whole number of days').waitFor()
      await card.getByLabel('Logs').fill('90')
      await card.getByRole('button', { name: 'Save' }).click()
      await page.getByText('What is older is removed once an hour.').first().waitFor()
      const kept = async () => (await optio.client.system.retention()).retention
      expect(await kept()).toEqual({ logsDays: 90, eventsDays: null, deliveriesDays: null })
      await card.getByLabel('Logs').fill('')
      await card.getByRole('button', { name: 'Save' }).click()
      await eventually(async () => (await kept()).logsDays).toBe(null)
      expect(problems).toEqual([])
      await close()
    })

    it('reviews, dependencies and prompts of a repository are set in its settings', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/repos/${repo.id}`)
      await page.getByLabel('Agents review pull requests').check()
      await page.getByLabel('When', { exact: true }).selectOption('on_ci_pass')
      await page.getByLabel('Agent that reviews').selectOption('command')
      await page.getByLabel('Model that reviews').fill('careful')
      await page.getByLabel('Most turns of a review').fill('12')
      await page.getByLabel('Most rounds').fill('2')
      await page.getByLabel('When a task that another one waits for comes to nothing').selectOption('wait')
      await page.getByLabel('Template for agents that write code').fill('{{ task }')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/Line 1, column/).waitFor()
      await page.getByLabel('Template for agents that write code').fill('{{ task }} in this house.')
      await page.getByLabel('Template for agents that review').fill('Read {{ head }}.')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Settings saved').first().waitFor()
      const { repo: saved } = await optio.client.repos.get({ params: { id: repo.id } })
      expect(saved).toMatchObject({
        reviewEnabled: true,
        reviewTrigger: 'on_ci_pass',
        reviewAgentType: 'command',
        reviewModel: 'careful',
        maxTurnsReview: 12,
        maxReviewRounds: 2,
        onDependencyFailure: 'wait',
        promptTemplateOverride: '{{ task }} in this house.',
        reviewPromptTemplate: 'Read {{ head }}.',
      })
      expect(problems.filter((each) => !each.includes('400'))).toEqual([])
      await close()
      await expectSound(browser, `${optio.url}/repos/${repo.id}`)
    })

    it('a run of a standalone task has its talk and its relations too', async () => {
      const { task: definition } = await optio.client.tasks.create({
        body: {
          type: 'standalone',
          name: 'Look',
          prompt: 'Look',
          agentType: 'command',
          agentCommand: ['true'],
        },
      })
      const { runId } = await optio.client.runs.start({ params: { id: definition.id }, body: {} })
      const { task } = executed(await optio.client.tasks.get({ params: { id: runId } }))
      expect(task.type).toBe('standalone-run')
      await expectSound(browser, `${optio.url}/tasks/${runId}?tab=related`)
      await expectSound(browser, `${optio.url}/tasks/${runId}?tab=talk`)
    })
  },
)
