import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repo, Task } from '@optio/contract'
import type { AgentStep } from '@optio/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, committing, connectRepository, createTask, promptOf } from './support/repositories.ts'
import { expectSound, HOSTILE, SHOWN } from './support/sound.ts'

describe.skipIf(noBrowser !== null)(
  `steps, subtasks, dependencies and reviews of a task${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser
    let repo: Repo

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
      repo = await connectRepository(optio, 'shop', { maxConcurrentTasks: 20 })
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    afterEach(() => optio.client.system.unpause())

    const pageOf = ({ id }: { id: string }, tab: string) => `${optio.url}/tasks/${id}?tab=${tab}`
    const proposed = ({ id }: { id: string }) =>
      awaitTask(optio, id, ({ prNumber, prState }) => prNumber !== null && prState === 'open')
    const merge = async ({ id }: { id: string }) => {
      await proposed({ id })
      await optio.client.pullRequests.merge({ params: { id }, body: { force: true } })
    }
    const subtasksOf = async ({ id }: { id: string }): Promise<Task[]> =>
      (await optio.client.subtasks.list({ params: { id } })).subtasks

    async function addSubtask(
      page: Page,
      kind: 'Next step' | 'Subtask beside it',
      title: string,
      steps: readonly AgentStep[],
      more: { hold?: boolean; shown?: string } = {},
    ): Promise<void> {
      await page.getByRole('button', { name: 'Add a subtask' }).first().click()
      await page.getByRole('radio', { name: kind }).check()
      await page.getByLabel(/^Title/).fill(title)
      await page.getByLabel('What is to be done').fill(promptOf(...steps))
      if (more.hold) await page.getByLabel('Hold it').check()
      await page.getByLabel('What is to be done').press('Control+Enter')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('link', { name: more.shown ?? title }).waitFor()
    }

    it('a pipeline of two steps is built by hand, runs in order, and its parent is merged last', async () => {
      const parent = await createTask(optio, repo, 'Rework the shop', committing('parent.txt'))
      await proposed(parent)
      const { page, problems, close } = await openPage(browser)
      await page.goto(pageOf(parent, 'related'))
      await page.getByRole('heading', { name: 'It stands alone' }).waitFor()
      await addSubtask(page, 'Next step', 'Lay the ground', committing('one.txt'))
      await addSubtask(page, 'Next step', `Build ${HOSTILE}`, committing('two.txt'), {
        hold: true,
        shown: `Build ${SHOWN}`,
      })
      const [first, second, ...more] = await subtasksOf(parent)
      expect(more).toEqual([])
      if (first === undefined || second === undefined) throw new Error('There are no two steps.')
      expect(first).toMatchObject({ taskType: 'step', subtaskOrder: 1, blocksParent: true, held: false })
      expect(second).toMatchObject({ taskType: 'step', subtaskOrder: 2, held: true })

      const steps = page.locator('section', {
        has: page.getByRole('heading', { name: 'Its steps, in order' }),
      })
      await steps.getByText('0 of 2 steps completed').waitFor()
      expect(await steps.getByRole('listitem').getByRole('link').allTextContents()).toEqual([
        'Lay the ground',
        `Build ${SHOWN}`,
      ])
      await steps.getByRole('listitem').first().getByText('Pull request').first().waitFor()
      await page.getByRole('tab', { name: /Changes/ }).click()
      await page.getByText(/Subtasks are unfinished: “Lay the ground”/).waitFor()
      await page.getByRole('tab', { name: 'Related' }).click()
      await merge(first)
      await steps.getByText('1 of 2 steps completed').waitFor()
      await steps.getByText('It is held: it starts when you say so.').waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      await steps.getByRole('button', { name: /^Start “Build/ }).click()
      await merge(second)
      await steps.getByText('2 of 2 steps completed').waitFor()
      await page.getByRole('tab', { name: /Changes/ }).click()
      await page.getByText(/Subtasks are unfinished/).waitFor({ state: 'detached' })

      await page.goto(pageOf(second, 'related'))
      await page.getByRole('link', { name: 'Step 2 of Rework the shop' }).waitFor()
      const before = page.locator('section', { has: page.getByRole('heading', { name: 'It depends on' }) })
      await before.getByRole('link', { name: 'Lay the ground' }).click()
      await page.getByRole('heading', { level: 1, name: 'Lay the ground' }).waitFor()
      expect(problems).toEqual([])
      await close()
      await expectSound(browser, pageOf(parent, 'related'), (shown) =>
        shown.getByText('2 of 2 steps').waitFor(),
      )
    })

    it('a task waits for another that is found by its title; a circle is refused in words; waiting ends by hand', async () => {
      await optio.client.system.pause()
      const [first, second] = await Promise.all([
        createTask(optio, repo, 'Paint the walls', [{ text: 'x' }]),
        createTask(optio, repo, 'Hang the pictures', [{ text: 'x' }]),
      ])
      const { page, problems, close } = await openPage(browser)
      await page.goto(pageOf(second, 'related'))
      await page.getByRole('button', { name: 'Wait for another task' }).click()
      await page.getByLabel('Find a task').fill('paint walls')
      await page.getByRole('button', { name: 'Wait for “Paint the walls”' }).click()
      const list = page.locator('section', { has: page.getByRole('heading', { name: 'It depends on' }) })
      await list.getByRole('link', { name: 'Paint the walls' }).waitFor()
      await page.getByText('Waits for other tasks', { exact: true }).waitFor()

      await page.goto(pageOf(first, 'related'))
      await page
        .locator('section', { has: page.getByRole('heading', { name: 'These wait for it' }) })
        .getByRole('link', { name: 'Hang the pictures' })
        .waitFor()
      await page.getByRole('button', { name: 'Wait for another task' }).click()
      await page.getByLabel('Find a task').fill('pictures')
      await page.getByRole('button', { name: 'Wait for “Hang the pictures”' }).click()
      await page.getByText('DEPENDENCY_CYCLE').waitFor()
      await page.keyboard.press('Escape')
      await expectSound(browser, pageOf(second, 'related'), (shown) =>
        shown.getByText('It depends on').waitFor(),
      )

      // What another window does shows here by itself.
      const { dependencies } = await optio.client.dependencies.list({ params: { id: second.id } })
      expect(dependencies.map(({ id }) => id)).toEqual([first.id])
      const other = await openPage(browser)
      await other.page.goto(pageOf(second, 'related'))
      await other.page.getByRole('button', { name: 'No longer wait for “Paint the walls”' }).click()
      await page.getByRole('heading', { name: 'It stands alone' }).waitFor()
      expect(problems.filter((each) => !each.includes('400'))).toEqual([])
      await Promise.all([close(), other.close()])
      await Promise.all([first, second].map(({ id }) => optio.client.tasks.cancel({ params: { id } })))
    })

    it('a review is asked for, watched, and its verdict shown on the pull request, at the line and on its own page', async () => {
      const task = await createTask(optio, repo, 'Add the till', committing('till.txt'))
      await proposed(task)
      const verdict = {
        verdict: 'request_changes',
        summary: `The till does not open. ${HOSTILE}`,
        comments: [{ path: 'till.txt', line: 1, body: 'Name the drawer.' }],
      }
      const { page, problems, close } = await openPage(browser)
      await page.goto(pageOf(task, 'changes'))
      await page.getByRole('button', { name: 'Have it reviewed' }).click()
      await page
        .getByLabel(/^What it is to look at/)
        .fill(
          promptOf(
            { waitFor: { path: 'go-on' } },
            { result: `I read it.\n\n\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\`` },
          ),
        )
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('dialog').getByRole('button', { name: 'Have it reviewed' }).click()
      const card = page.locator('section', { has: page.getByRole('heading', { name: 'Reviews by agents' }) })
      await card.getByText('Running').waitFor()
      await page.getByText('Waits for its review').waitFor()
      const [review] = await subtasksOf(task)
      if (review === undefined) throw new Error('There is no review.')
      expect(await card.getByRole('button', { name: 'Have it reviewed' }).isDisabled()).toBe(true)
      const { environment } = await optio.client.tasks.environment({ params: { id: review.id } })
      await writeFile(join(environment.path ?? '', 'go-on'), '')
      await card.getByText('Requests changes').waitFor()
      await card.getByText('The till does not open. <img src=x onerror=alert(1)>').waitFor()
      await page.locator('[data-file="till.txt"]').getByText('Name the drawer.').first().waitFor()

      await card.getByRole('link', { name: 'Round 1' }).click()
      await page.getByRole('heading', { level: 1, name: 'Review: Add the till' }).waitFor()
      await page.getByRole('tab', { name: 'Verdict', selected: true }).waitFor()
      const tab = page.getByRole('tabpanel')
      await tab.getByText('The till does not open. <img src=x onerror=alert(1)>').waitFor()
      await tab.getByText('Requests changes').waitFor()
      await tab.getByText('still the head of pull request').waitFor()
      expect(problems).toEqual([])
      await close()
      await expectSound(browser, `${optio.url}/tasks/${review.id}`, (shown) =>
        shown.getByRole('link', { name: 'till.txt, line 1' }).waitFor(),
      )
    })

    it('a task with a hundred subtasks is drawn with a line to each, wide and narrow', async () => {
      await optio.client.system.pause()
      const parent = await createTask(optio, repo, 'Many hands', [{ text: 'x' }])
      const create = (taskType: 'step' | 'child', n: number) =>
        optio.client.subtasks.create({
          params: { id: parent.id },
          body: { taskType, title: `Part ${n}`, prompt: 'x', autoQueue: false },
        })
      for (let n = 1; n <= 20; n++) await create('step', n)
      for (let n = 21; n <= 100; n += 5) {
        await Promise.all([0, 1, 2, 3, 4].map((more) => create('child', n + more)))
      }
      await expectSound(browser, pageOf(parent, 'related'), async (page) => {
        await page.getByText('0 of 20 steps completed').waitFor()
        await page.getByRole('link', { name: 'Part 100', exact: true }).waitFor()
        // Each but the parent has a line that leads to it.
        await eventually(() => page.locator('#tab-content path.stroke-line-strong').count()).toBe(100)
      })
    }, 120_000)
  },
)
