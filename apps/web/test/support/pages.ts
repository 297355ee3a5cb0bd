import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** A page, and what went wrong in it unnoticed. */
export interface WatchedPage {
  readonly page: Page
  /** Errors of scripts, refused resources and policy violations so far. A good test ends with none. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** A page in a fresh profile; `options` as of Playwright (`colorScheme`, `viewport`). */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() !== 'error') return
    problems.push(`console: ${message.text()} (${message.location().url})`)
  })
  return { page, problems, close: () => context.close() }
}

/** What axe finds against WCAG 2.2 A and AA, a line each; none is the aim. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    // Without a second page for the results of frames: there are none, and it costs most of the time.
    .setLegacyMode()
    .analyze()
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}`),
  )
}

/** Waits until the page is there and reads nothing any more. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  const reading = page.locator('main [role=status]', { hasText: /^Reading/ })
  while ((await reading.count()) > 0) await page.waitForTimeout(50)
}

/** How far the page can be scrolled sideways, in pixels: zero, or something is too wide for the window. */
export async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return Math.max(0, scrollWidth - clientWidth)
  })
}
