import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { accessibilityProblems, openPage, settled, sidewaysScroll } from './pages.ts'

/** What would be markup, colours of a terminal, or writing turned round, were it not shown as text. */
export const HOSTILE = '<img src=x onerror=alert(1)> \u001b[31mred \u202Egnp.exe'
/** How it is shown. */
export const SHOWN = '<img src=x onerror=alert(1)> \\u{1b}[31mred \\u{202e}gnp.exe'

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const

/** Wide and light, narrow and dark: accessible, not wider than its window, and without an error. `ready` waits for more than the heading. */
export async function expectSound(
  browser: Browser,
  address: string,
  ready: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  for (const look of LOOKS) {
    const { page, problems, close } = await openPage(browser, look)
    await page.goto(address)
    await settled(page)
    await ready(page)
    expect(await accessibilityProblems(page)).toEqual([])
    expect(await sidewaysScroll(page)).toBe(0)
    expect(problems).toEqual([])
    await close()
  }
}
