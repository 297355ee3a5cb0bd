import type { Repo, Task } from '@optio/contract'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, connectRepository, createTask } from './support/repositories.ts'
import { seedLongLog } from './support/seeds.ts'

const LONG = 120_000

const HOSTILE =
  '<img src=x onerror="document.title=1"><b>bold</b> \u001b[31mred\u001b[0m \u001b[2Jgone \u202egnp.exe 👩‍👩‍👧'

describe.skipIf(noBrowser !== null)(`the log of a task${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let optio: TestOptio
  let browser: Browser
  let repo: Repo
  let told: Task
  let long: string

  beforeAll(async () => {
    ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
    repo = await connectRepository(optio, 'sample')
    told = await createTask(optio, repo, 'Says all sorts of things', [
      { thinking: 'One.\nTwo.\nThree.\nFour.\nFive.' },
      { text: HOSTILE },
      {
        tool_use: {
          content: 'Bash npm test',
          metadata: { tool: 'Bash', toolUseId: 'a', input: { command: 'npm test' } },
        },
      },
      {
        tool_use: {
          content: 'Read sum.js',
          metadata: { tool: 'Read', toolUseId: 'b', input: { file_path: 'sum.js' } },
        },
      },
      { tool_result: { content: 'not ok 1 - sums', metadata: { toolUseId: 'a', isError: true } } },
      { tool_result: { content: 'export const sum', metadata: { toolUseId: 'b' } } },
      { error: 'ENOENT: no such file' },
      { text: `begins here ${'x'.repeat(300_000)}` },
      { text: 'the last words' },
    ])
    long = await seedLongLog(optio, LONG)
    await awaitTask(optio, told.id, ({ state }) => state === 'needs_attention')
  })
  afterAll(async () => {
    await browser?.close()
    await optio?.stop()
  })

  async function open(path: string, options: Parameters<typeof openPage>[1] = {}) {
    const watched = await openPage(browser, options)
    await watched.page.goto(optio.url + path)
    await watched.page.getByRole('feed', { name: 'Log' }).waitFor()
    return watched
  }

  const row = (page: Page, seq: number) => page.locator(`[data-seq="${seq}"]`)

  /** Seqs of the rows there are, in their order. */
  const seqs = (page: Page) =>
    page
      .locator('[data-seq]')
      .evaluateAll((rows) => rows.map((each) => Number((each as HTMLElement).dataset.seq)))

  /** Whether the row is inside of the part of the log that is seen. */
  const isSeen = (page: Page, seq: number) =>
    page.evaluate((wanted) => {
      const inner = document.querySelector(`[data-seq="${wanted}"]`)?.getBoundingClientRect()
      const outer = document.querySelector('[role=feed]')?.getBoundingClientRect()
      return (
        inner !== undefined && outer !== undefined && inner.bottom > outer.top && inner.top < outer.bottom
      )
    }, seq)

  const eventually = async (what: string, is: () => Promise<boolean>) => {
    const end = performance.now() + 30_000
    while (!(await is())) {
      if (performance.now() > end) throw new Error(`Not within 30 s: ${what}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  it('what an agent says appears by itself, follows to the end, and a person who scrolls up is left alone', async () => {
    const live = await createTask(optio, repo, 'Ticks', [
      { repeat: { times: 100_000, steps: [{ say: 'tick {n}' }, { sleep: 20 }] } },
    ])
    const { page, problems, close } = await open(`/tasks/${live.id}`)
    await page
      .getByText(/^tick \d+$/)
      .first()
      .waitFor()
    await page.getByText('Live', { exact: true }).waitFor()
    await eventually('it goes on by itself', async () => ((await seqs(page)).at(-1) ?? 0) > 80)
    await page.getByRole('feed').hover()
    await page.mouse.wheel(0, -400)
    const jump = page.getByRole('button', { name: /new, jump to the end/ })
    await jump.waitFor()
    const held = await seqs(page)
    await eventually('more has come', async () => Number.parseInt((await jump.textContent()) ?? '', 10) > 20)
    expect((await seqs(page))[0]).toBe(held[0])
    await jump.click()
    await jump.waitFor({ state: 'detached' })
    const { lastSeq } = await optio.client.logs.list({ params: { id: live.id }, query: { limit: 1 } })
    await eventually('the end is seen again', async () => ((await seqs(page)).at(-1) ?? 0) >= lastSeq)
    expect(problems).toEqual([])
    await close()
    await optio.client.tasks.cancel({ params: { id: live.id } })
  })

  it('a server that goes and comes back leaves no gap and repeats nothing', async () => {
    const live = await createTask(optio, repo, 'Counts', [
      { repeat: { times: 100_000, steps: [{ say: 'count {n}' }, { sleep: 100 }] } },
    ])
    const { page, close } = await open(`/tasks/${live.id}`)
    await page
      .getByText(/^count \d+$/)
      .first()
      .waitFor()
    await optio.halt()
    await page.getByText('Connecting again…').waitFor()
    await optio.again()
    await page.getByText('Connecting again…').waitFor({ state: 'detached' })
    const { lastSeq } = await optio.client.logs.list({ params: { id: live.id }, query: { limit: 1 } })
    await row(page, lastSeq + 15).waitFor()
    // All that was said meanwhile is there, each once and in order: the text of every entry follows from its seq.
    await page.getByRole('feed').press('Home')
    await row(page, 1).waitFor()
    await page.getByRole('feed').hover()
    const seen = new Map<number, string>()
    for (let step = 0; !seen.has(lastSeq + 15) && step < 200; step++) {
      for (const [seq, words] of await rowsOf(page)) {
        expect(seen.get(seq) ?? words).toBe(words)
        seen.set(seq, words)
      }
      await page.mouse.wheel(0, 500)
      await page.waitForTimeout(30)
    }
    const counts = [...seen].toSorted(([a], [b]) => a - b)
    expect(counts.map(([seq]) => seq)).toEqual(counts.map((_, index) => index + 1))
    const numbers = counts.flatMap(([, words]) => /count (\d+)/.exec(words)?.[1] ?? []).map(Number)
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    await close()
    await optio.client.tasks.cancel({ params: { id: live.id } })
  })

  const rowsOf = (page: Page) =>
    page
      .locator('[data-seq]')
      .evaluateAll((rows) =>
        rows.map((each) => [Number((each as HTMLElement).dataset.seq), each.textContent ?? ''] as const),
      )

  it('an address with a line shows that line, marked; copying a link gives such an address', async () => {
    const { page, problems, close } = await open(`/tasks/${long}?tab=log&line=60004`)
    await row(page, 60_004).waitFor()
    expect(await isSeen(page, 60_004)).toBe(true)
    expect(await row(page, 60_004).getAttribute('aria-current')).toBe('true')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await row(page, 60_005).hover()
    await row(page, 60_005)
      .getByRole('button', { name: /Copy the link/ })
      .click()
    await page.getByText('Copied the link to line 60005').first().waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      `${optio.url}/tasks/${long}?tab=log&line=60005`,
    )
    await row(page, 60_005).getByRole('link', { name: 'Link to line 60005' }).click()
    await page.waitForURL(/line=60005/)
    expect(problems).toEqual([])
    await close()
  })

  it('a log of 120,000 entries is scrolled to its middle, its end and its beginning', async () => {
    const { page, problems, close } = await open(`/tasks/${long}?tab=log`)
    await row(page, LONG).waitFor()
    expect(await isSeen(page, LONG)).toBe(true)
    const feed = page.getByRole('feed')
    await feed.press('Home')
    await row(page, 1).waitFor()
    await feed.evaluate((element) => {
      element.scrollTop = (element.scrollHeight - element.clientHeight) / 2
    })
    await eventually('the middle is read', async () => {
      const [first = 0] = await seqs(page)
      return Math.abs(first - LONG / 2) < LONG / 50
    })
    // What is read then comes above and below without moving what is seen.
    const before = await seqs(page)
    await page.mouse.move(640, 700)
    await page.mouse.wheel(0, -600)
    await eventually('rows above come', async () => ((await seqs(page))[0] ?? LONG) < (before[0] ?? 0))
    await feed.press('End')
    await row(page, LONG).waitFor()
    await eventually('the end is seen', () => isSeen(page, LONG))
    await page.getByLabel('Go to line').fill('778')
    await page.getByLabel('Go to line').press('Enter')
    await row(page, 778).waitFor()
    expect(await page.locator('[data-position]').count()).toBeLessThan(200)
    expect(problems).toEqual([])
    await close()
  })

  it('a search goes from hit to hit over the whole log, in both directions, and says how many it knows of', async () => {
    const { page, problems, close } = await open(`/tasks/${long}?tab=log`)
    await row(page, LONG).waitFor()
    await page.getByRole('feed').press('/')
    await page.keyboard.type('needle-in-the-log')
    const hit = (LONG * 9) / 10
    await row(page, hit).waitFor()
    await page.getByText('1 of 1 hit').waitFor()
    expect(await row(page, hit).locator('mark').allTextContents()).toEqual(['needle-in-the-log'])
    await page.getByLabel('Search the log').fill('cannot be read')
    await page.getByText(/^\d+ of 12 hits/).waitFor()
    const numbers = []
    for (const key of ['Shift+Enter', 'Shift+Enter', 'Enter']) {
      await page.getByLabel('Search the log').press(key)
      await page.waitForTimeout(300)
      numbers.push(Number(await page.locator('[aria-current=true][data-seq]').getAttribute('data-seq')))
    }
    expect((numbers[0] ?? 0) - (numbers[1] ?? 0)).toBe(10_000)
    expect(numbers[2]).toBe(numbers[0])
    await page.getByLabel('Search the log').fill('surely nowhere')
    await page.getByText('No hits').waitFor()
    await page.getByLabel('Search the log').press('Escape')
    await page.getByText('No hits').waitFor({ state: 'detached' })
    expect(problems).toEqual([])
    await close()
  })

  it('a filter shows entries of one type, reads them as they are scrolled to, and goes away again', async () => {
    const { page, problems, close } = await open(`/tasks/${long}?tab=log`)
    await row(page, LONG).waitFor()
    await page.getByLabel('Show only').selectOption('error')
    await row(page, 115_000).waitFor()
    expect(await seqs(page)).toEqual(Array.from({ length: 12 }, (_, index) => 5_000 + index * 10_000))
    await page.getByLabel('Show only').selectOption('thinking')
    await row(page, LONG - 5).waitFor()
    await page.getByRole('feed').hover()
    for (let step = 0; step < 12; step++) await page.mouse.wheel(0, -1_500)
    await eventually('earlier ones are read', async () => ((await seqs(page))[0] ?? LONG) < LONG - 2_500)
    const shown = await seqs(page)
    expect(shown).toEqual(shown.map((_, index) => (shown[0] ?? 0) + index * 6))
    await page.getByLabel('Show only').selectOption('')
    await eventually('all are shown again', async () => {
      const all = await seqs(page)
      return all.some((seq) => all.includes(seq + 1))
    })
    await page.goto(`${optio.url}/tasks/${told.id}?tab=log`)
    await page.getByLabel('Show only').selectOption('info')
    await page.getByText('no entries of this type').waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('a call and its answer are one row, folded and unfolded by keyboard and by mouse', async () => {
    const { page, problems, close } = await open(`/tasks/${told.id}?tab=log`)
    const feed = page.getByRole('feed')
    await feed.press('Home')
    await feed.getByText('Bash', { exact: true }).waitFor()
    const listed = await seqs(page)
    const call = Number(await page.locator('article', { hasText: 'npm test' }).getAttribute('data-seq'))
    expect(listed).not.toContain(call + 2)
    expect(await feed.getByText('not ok 1').count()).toBe(0)
    for (let step = 0; step < 30; step++) {
      await page.keyboard.press('j')
      if (await row(page, call).evaluate((element) => element === document.activeElement)) break
    }
    await page.keyboard.press('Enter')
    await feed.getByText('not ok 1').waitFor()
    await feed.getByText('"command": "npm test"').waitFor()
    await page.keyboard.press('Enter')
    await feed.getByText('not ok 1').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /Read\s*sum.js/ }).click()
    await feed.getByText('export const sum').waitFor()
    await page.getByRole('button', { name: 'Show all 5 lines' }).click()
    await feed.getByText('Five.').waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('what agents print is text, whatever it holds, and a line of 300,000 characters is cut and can be shown', async () => {
    const { page, problems, close } = await open(`/tasks/${told.id}?tab=log`)
    await page.getByRole('feed').press('Home')
    const hostile = page.locator('article', { hasText: 'gone' })
    await hostile.waitFor()
    expect(await hostile.textContent()).toContain('<b>bold</b> red \\u{1b}[2Jgone \\u{202e}gnp.exe 👩‍👩‍👧')
    expect(await page.locator('[role=feed] img').count()).toBe(0)
    await page.getByRole('feed').press('End')
    const huge = page.locator('article', { hasText: 'begins here' })
    await huge.waitFor()
    expect((await huge.textContent())?.length).toBeLessThan(5_000)
    await huge.getByRole('button', { name: 'Show all 300,012 characters' }).click()
    await eventually('more of it is shown', async () => ((await huge.textContent())?.length ?? 0) > 90_000)
    expect(await page.title()).toContain('Says all sorts of things')
    expect(problems).toEqual([])
    await close()
  })

  it('the focus stays in the log when the row that had it is gone', async () => {
    const { page, close } = await open(`/tasks/${long}?tab=log&line=1`)
    await row(page, 1).waitFor()
    await page.keyboard.press('j')
    await eventually('a row has the focus', () =>
      page.evaluate(() => document.activeElement?.tagName === 'ARTICLE'),
    )
    await page.getByRole('feed').hover()
    for (let step = 0; step < 10; step++) await page.mouse.wheel(0, 2_000)
    await eventually('the log has the focus', () =>
      page.evaluate(() => document.activeElement?.getAttribute('role') === 'feed'),
    )
    await close()
  })

  it.each(['light', 'dark'] as const)(
    'is accessible, and fits a narrow screen, in %s',
    async (colorScheme) => {
      const { page, problems, close } = await open(`/tasks/${told.id}?tab=log`, { colorScheme })
      await page.getByRole('feed').press('Home')
      await page.getByRole('button', { name: /Bash\s*npm test/ }).click()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.setViewportSize({ width: 390, height: 800 })
      await page.getByRole('feed').waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
      await page.getByRole('button', { name: 'Wrap long lines' }).click()
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
      expect(problems).toEqual([])
      await close()
    },
  )
})
