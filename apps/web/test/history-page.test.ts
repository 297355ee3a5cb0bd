import type { Attempt, Task, TaskEvent } from '@optio/contract'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventWords } from '../src/pages/task/history/history-words.ts'
import { timelineOf } from '../src/pages/task/history/timeline.ts'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, committing, connectRepository, createTask } from './support/repositories.ts'

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()

function event(second: number, toState: string, more: Partial<TaskEvent> = {}): TaskEvent {
  const id = String(second)
  return {
    id,
    taskId: id,
    fromState: null,
    toState,
    trigger: null,
    message: null,
    userId: null,
    createdAt: at(second),
    ...more,
  }
}

function attempt(number: number, startedAt: string | null): Attempt {
  return {
    id: `a${number}`,
    number,
    reason: 'first',
    agentType: 'command',
    model: null,
    state: 'succeeded',
    sessionId: null,
    exitCode: 0,
    costUsd: '0',
    inputTokens: 0,
    outputTokens: 0,
    errorMessage: null,
    failure: null,
    costEstimated: false,
    startedAt,
    endedAt: startedAt,
  }
}

describe('a timeline', () => {
  it('has every change and attempt once, the newest first, and each attempt where it began', () => {
    const events = [event(1, 'pending'), event(3, 'running'), event(9, 'pr_opened'), event(20, 'queued')]
    const items = timelineOf(events, [attempt(1, at(4)), attempt(2, at(30)), attempt(3, null)])
    expect(items.map(({ key }) => key)).toEqual([
      'attempt a3',
      'attempt a2',
      'event 20',
      'event 9',
      'attempt a1',
      'event 3',
      'event 1',
    ])
    const lasted = items.flatMap((item) => (item.type === 'event' ? [item.lastedMs] : []))
    expect(lasted).toEqual([null, 11_000, 6_000, 2_000])
  })

  it('says why in a sentence, also for a reason nobody has words for', () => {
    expect(eventWords(event(1, 'queued', { trigger: 'claimed', message: 'x' }))).toContain('slot')
    expect(eventWords(event(1, 'queued', { trigger: 'constructor' }))).toBe('Constructor.')
    expect(eventWords(event(1, 'queued', { trigger: 'new_reason', message: 'In words.' }))).toBe('In words.')
  })
})

describe.skipIf(noBrowser !== null)(
  `the history of a task${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser
    let task: Task

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
      const repo = await connectRepository(optio, 'repo', { autoMerge: false })
      task = await createTask(optio, repo, 'A task', committing('a.txt'), { maxRetries: 0 })
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    it('tells as it happens what happened, by whom, and what it cost, dark and light and narrow', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks/${task.id}?tab=history`)
      const card = page.getByRole('article', { name: 'Attempt 1' })
      await card.getByText('ended well').waitFor({ timeout: 45_000 })
      await page.getByRole('tabpanel').getByText('has the agent’s commits').waitFor({ timeout: 45_000 })
      expect(await card.innerText()).toContain('$0.25')
      expect(await card.innerText()).toContain('1,200 in, 90 out')
      await page.getByRole('tabpanel').getByText('The task was created.').waitFor()
      await page
        .getByText(/by local/)
        .first()
        .waitFor()
      await card.getByRole('button', { name: 'Show attempt 1 in the log' }).click()
      await page.waitForURL(/tab=log.*line=\d+/)
      const line = Number(new URL(page.url()).searchParams.get('line'))
      const { logs } = await optio.client.logs.list({ params: { id: task.id }, query: { limit: 1000 } })
      expect(line).toBe(logs.find((entry) => entry.attempt === 1)?.seq)
      expect(problems).toEqual([])
      await close()
      for (const options of [
        { colorScheme: 'dark' as const },
        { colorScheme: 'light' as const, viewport: { width: 390, height: 800 } },
      ]) {
        const other = await openPage(browser, options)
        await other.page.goto(`${optio.url}/tasks/${task.id}?tab=history`)
        await other.page.getByRole('article', { name: 'Attempt 1' }).waitFor()
        expect(await accessibilityProblems(other.page)).toEqual([])
        const width = await other.page.evaluate(() => document.documentElement.scrollWidth)
        expect(width).toBe(other.page.viewportSize()?.width)
        expect(other.problems).toEqual([])
        await other.close()
      }
    })

    it('before there is a pull request, the changes say why and where the work is', async () => {
      const repo = await connectRepository(optio, 'quiet')
      const quiet = await createTask(optio, repo, 'Does nothing', [{ text: 'nothing to do' }], {
        maxRetries: 0,
      })
      await awaitTask(optio, quiet.id, ({ state }) => state === 'needs_attention')
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks/${quiet.id}?tab=changes`)
      await page.getByText('There is no pull request yet').waitFor()
      await page.getByText(`environments/${quiet.id}/clone`).waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      expect(problems).toEqual([])
      await close()
    })
  },
)
