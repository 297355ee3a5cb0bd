import { randomBytes } from 'node:crypto'
import { executed, type Repo, type Task } from '@optio/contract'
import type { AgentStep } from '@optio/testkit'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, connectRepository } from './support/repositories.ts'

interface Script {
  readonly attempts: readonly {
    readonly when: { attempt?: number; reason?: string }
    readonly steps: AgentStep[]
  }[]
}

const HOSTILE_NAME = 'evil/<img src=x onerror=alert(1)> \u202etxt.exe'
const HOSTILE_TEXT = '<script>alert(1)</script> \u001b[31mred\u001b[0m \u202e\u200b\u00a0 😀'
const BIG_LINES = 25_000

const CODE = `${Array.from({ length: 30 }, (_, i) => `export const value${i} = ${i}`).join('\n')}\n`

describe.skipIf(noBrowser !== null)(
  `the changes of a task${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser
    let plain: Repo
    let tested: Repo
    let hostile: Task
    let reviewed: Task
    let failing: Task

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
      plain = await connectRepository(optio, 'plain', { autoMerge: false })
      tested = await connectRepository(optio, 'tested', {
        autoMerge: false,
        autoResume: false,
        testCommand: 'echo "a <b>failing</b> test"; exit 1',
      })
      const first = (steps: AgentStep[]): Script => ({ attempts: [{ when: { attempt: 1 }, steps }] })
      ;[hostile, reviewed, failing] = await Promise.all([
        start(
          plain,
          'Hostile',
          first([
            { write: { path: HOSTILE_NAME, content: `${HOSTILE_TEXT}\nplain\r\n` } },
            { write: { path: 'tab\tand "quote".txt', content: 'x' } },
            { write: { path: 'picture.bin', content: '\u0000\u0001' } },
            { write: { path: 'big.txt', content: `${'a line that is long enough\n'.repeat(BIG_LINES)}` } },
            { write: { path: 'wide.js', content: `const wide = "${'x, '.repeat(400)}"\n` } },
            { commit: 'Hostile' },
          ]),
        ),
        start(plain, 'Reviewed', {
          attempts: [
            {
              when: { attempt: 1 },
              steps: [{ write: { path: 'src/code.ts', content: CODE } }, { commit: 'One' }],
            },
            {
              when: { reason: 'review' },
              steps: [
                { prompt: true },
                { write: { path: 'src/code.ts', content: CODE.replace('= 7', '= "seven"') } },
                { commit: 'Two' },
              ],
            },
          ],
        }),
        start(tested, 'Failing', first([{ write: { path: 'a.txt', content: 'a\n' } }, { commit: 'One' }])),
      ])
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    async function start(repo: Repo, title: string, script: Script): Promise<Task> {
      const prompt = `Do it.\n\n\`\`\`optio-script\n${JSON.stringify(script)}\n\`\`\`\n`
      const made = await optio.client.tasks.create({
        body: { repoUrl: repo.repoUrl, title, prompt, maxRetries: 0 },
      })
      return executed(made).task
    }

    const proposed = (task: Task) => awaitTask(optio, task.id, ({ prNumber }) => prNumber !== null)
    const changesOf = (task: Task, more = '') => `${optio.url}/tasks/${task.id}?tab=changes${more}`
    const fileOf = (page: Page, path: string) => page.locator('[data-file]').filter({ hasText: path })

    it.each(['light', 'dark'] as const)(
      'shows hostile names and lines, binary and large files as text, %s',
      async (colorScheme) => {
        await proposed(hostile)
        const { page, problems, close } = await openPage(browser, { colorScheme })
        let dialogs = 0
        page.on('dialog', async (dialog) => {
          dialogs += 1
          await dialog.dismiss()
        })
        await page.goto(changesOf(hostile))
        const evil = fileOf(page, 'evil/<img src=x onerror=alert(1)> \\u{202e}txt.exe')
        await evil.getByText('<script>alert(1)</script>').waitFor()
        const text = await evil.innerText()
        for (const shown of ['\\u{1b}', '\\u{202e}', '\\u{200b}', '\\u{a0}', '😀', 'CR'])
          expect(text).toContain(shown)
        await fileOf(page, 'tab\\u{9}and "quote".txt').getByText('no line break at the end').waitFor()
        await fileOf(page, 'picture.bin').getByText('A binary file').waitFor()
        expect(await page.locator('#content img').count()).toBe(0)
        expect(dialogs).toBe(0)
        expect(await accessibilityProblems(page)).toEqual([])
        expect(problems).toEqual([])
        await close()
      },
    )

    it('loads a large diff when asked for, and draws only what is near the window', async () => {
      await proposed(hostile)
      const { page, problems, close } = await openPage(browser)
      await page.goto(changesOf(hostile))
      const big = fileOf(page, 'big.txt')
      await big.getByRole('button', { name: `Load diff (${BIG_LINES} lines)` }).click()
      await big.getByText('a line that is long enough').first().waitFor()
      const drawn = () => big.getByText('a line that is long enough').count()
      expect(await drawn()).toBeLessThan(1_000)
      await page.evaluate(() => {
        const lines = document.querySelector('[data-file="big.txt"]')
        window.scrollTo(0, (lines?.getBoundingClientRect().bottom ?? 0) + window.scrollY - 600)
      })
      await big.getByRole('button', { name: `Comment on line ${BIG_LINES}`, exact: true }).waitFor()
      expect(await drawn()).toBeLessThan(1_000)
      expect(problems).toEqual([])
      await close()
    })

    it('fits a narrow screen: code scrolls by itself, the page does not', async () => {
      await proposed(hostile)
      const { page, problems, close } = await openPage(browser, { viewport: { width: 390, height: 800 } })
      await page.goto(changesOf(hostile, '&file=wide.js'))
      const wide = fileOf(page, 'wide.js')
      const code = wide.getByRole('region', { name: 'Lines of wide.js' })
      await code.getByText('const').first().waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      expect(await code.evaluate((element) => element.scrollWidth)).toBeGreaterThan(1_000)
      await expect
        .poll(() => wide.evaluate((element) => element.getBoundingClientRect().top))
        .toBeLessThan(700)
      expect(await accessibilityProblems(page)).toEqual([])
      expect(problems).toEqual([])
      await close()
    })

    it('goes from a comment on a line to the agent, its fix, an approval and the merge', async () => {
      const { page, problems, close } = await openPage(browser)
      await proposed(reviewed)
      await page.goto(changesOf(reviewed))
      const file = fileOf(page, 'src/code.ts')
      const line = (number: number) =>
        file.getByRole('button', { name: `Comment on line ${number}`, exact: true })
      await line(8).waitFor()
      // Colours come from a worker, and none of them is a style that was injected.
      await file.locator('.text-accent', { hasText: 'export' }).first().waitFor()

      await line(7).focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Enter')
      const word = `seven-${randomBytes(4).toString('hex')}`
      await page.keyboard.type(`Write it out: ${word}`)
      await page.keyboard.press('Control+Enter')
      await file.getByText('nobody sees it before you finish').waitFor()
      await page.reload()
      await file.getByText(`Write it out: ${word}`).waitFor()

      await page.getByRole('button', { name: 'Finish the review (1)' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Request changes').check()
      expect(await accessibilityProblems(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Submit the review' }).click()
      await page.getByText('You requested changes').waitFor()
      await page
        .getByText(/The agent (is sent back with it|works on it)/)
        .first()
        .waitFor()

      await page.getByText('There are new commits', { exact: true }).waitFor({ timeout: 45_000 })
      const entries = (await optio.client.logs.list({ params: { id: reviewed.id }, query: { limit: 1000 } }))
        .logs
      expect(entries.some(({ content }) => content.includes(word))).toBe(true)
      // Nothing has changed under the reader's eyes, and nothing can be merged that was not seen.
      expect(await file.getByText('"seven"').count()).toBe(0)
      expect(await page.getByRole('button', { name: 'Merge', exact: true }).isDisabled()).toBe(true)
      await page.getByRole('button', { name: 'Reload the diff' }).click()
      await file.getByText('"seven"').waitFor()
      await page.getByText('about an older version').waitFor()

      await awaitTask(optio, reviewed.id, ({ state }) => state === 'pr_opened')
      await page.getByRole('button', { name: 'Finish the review' }).click()
      await dialog.getByLabel('Approve').check()
      await dialog.getByRole('button', { name: 'Submit the review' }).click()
      await page.getByText('Nothing stands in the way of a merge').waitFor()
      await page.getByRole('button', { name: 'Merge', exact: true }).click()
      await page.getByText('It was merged into main as').waitFor({ timeout: 30_000 })
      const done = await awaitTask(optio, reviewed.id, ({ state }) => state === 'completed')
      expect(done.prState).toBe('merged')
      expect(problems).toEqual([])
      await close()
    })

    it('refuses an empty change request in words', async () => {
      await proposed(hostile)
      const { page, problems, close } = await openPage(browser)
      await page.goto(changesOf(hostile))
      await page.getByRole('button', { name: 'Finish the review' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Request changes').check()
      await dialog.getByRole('button', { name: 'Submit the review' }).click()
      await dialog.getByText('Say what should change').waitFor()
      const { reviews } = (await optio.client.pullRequests.get({ params: { id: hostile.id } })).pullRequest
      expect(reviews).toEqual([])
      expect(problems).toEqual([])
      await close()
    })

    it('says why failing checks stop a merge, also when the page did not know, and asks before it passes over them', async () => {
      await awaitTask(optio, failing.id, ({ state }) => state === 'needs_attention')
      const { page, problems, close } = await openPage(browser)
      await page.goto(changesOf(failing))
      await page.getByText('Checks failed: ').first().waitFor()
      await page.getByText('a <b>failing</b> test', { exact: true }).waitFor()
      await page.getByText('What happens next:').waitFor()
      expect(await page.getByRole('button', { name: 'Merge', exact: true }).isDisabled()).toBe(true)
      await page.getByRole('button', { name: 'Merge anyway…' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('Checks failed: ').waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Back' }).click()
      expect(problems).toEqual([])
      await close()

      const late = await openPage(browser)
      await late.page.route('**/pull-request', async (route) => {
        const response = await route.fetch()
        const body = (await response.json()) as { pullRequest: object }
        await route.fulfill({ response, json: { pullRequest: { ...body.pullRequest, mergeObstacles: [] } } })
      })
      await late.page.goto(changesOf(failing))
      await late.page.getByRole('button', { name: 'Merge', exact: true }).click()
      await late.page.getByText('It was not merged').waitFor()
      await late.page.getByRole('listitem').filter({ hasText: 'Checks failed: ' }).first().waitFor()
      await late.close()
    })

    it('asks before it closes', async () => {
      await awaitTask(optio, failing.id, ({ state }) => state === 'needs_attention')
      const { page, problems, close } = await openPage(browser)
      await page.goto(changesOf(failing))
      await page.getByRole('button', { name: 'Close without merging…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click()
      const state = async () =>
        (await optio.client.pullRequests.get({ params: { id: failing.id } })).pullRequest.state
      expect(await state()).toBe('open')
      await page.getByRole('button', { name: 'Close without merging…' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Close the pull request' }).click()
      await page.getByText('It was closed without merging').waitFor()
      expect(await state()).toBe('closed')
      expect(problems).toEqual([])
      await close()
    })
  },
)
