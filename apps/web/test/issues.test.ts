import type { Repo } from '@optio/contract'
import { type FakeGithub, type FakeRepository, startFakeGithub } from '@optio/testkit/github'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { openPage, settled } from './support/pages.ts'
import { expectSound, HOSTILE, SHOWN } from './support/sound.ts'

/** More than one page of the API, and far more than a window shows. */
const MANY = 230

describe.skipIf(noBrowser !== null)(`issues${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let github: FakeGithub
  let optio: TestOptio
  let browser: Browser
  let shop: { there: FakeRepository; repo: Repo }
  let web: { there: FakeRepository; repo: Repo }

  beforeAll(async () => {
    github = await startFakeGithub()
    const token = github.createToken({ login: 'optio-bot' })
    const env = { GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url, GITHUB_TOKEN: token }
    ;[optio, browser] = await Promise.all([
      startTestOptio({ ...env, OPTIO_ISSUE_SYNC_INTERVAL: '1000' }),
      launchBrowser(),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await optio?.stop()
    await github?.close()
  })

  const connect = async (name: string) => {
    const there = await github.createRepository({
      owner: 'acme',
      name,
      permissions: { 'optio-bot': 'write', ann: 'write', stranger: 'read' },
    })
    const { repo } = await optio.client.repos.connect({
      body: { repoUrl: there.url, defaultAgentType: 'command', agentCommand: ['sleep', '600'] },
    })
    return { there, repo }
  }

  it('say what to do first where no repository has any', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/issues`)
    await page.getByText('No repository with issues is connected').waitFor()
    await page.getByText('GITHUB_TOKEN').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'Connect a repository' }).waitFor()
    expect(problems).toEqual([])
    await close()
    await expectSound(browser, `${optio.url}/issues`)
  })

  it('of all repositories are in one list; one is assigned with a click, and shows its task while it goes on', async () => {
    ;[shop, web] = [await connect('shop'), await connect('web')]
    shop.there.openIssue({ title: 'The sum is wrong', by: 'ann', labels: ['bug', 'urgent'] })
    shop.there.comment(1, { by: 'stranger', body: 'For me, too.' })
    shop.there.openIssue({ title: 'Somebody has this', by: 'ann', assignees: ['ann'] })
    web.there.openIssue({ title: HOSTILE, by: 'stranger' })
    web.there.openIssue({ title: 'Mine first', by: 'stranger' })
    web.there.label(2, 'optio', 'stranger')
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/issues`)
    const rows = page.getByRole('main').getByRole('listitem')
    const row = (title: string) => rows.filter({ hasText: title }).first()
    await row('The sum is wrong').waitFor()
    await row(SHOWN).waitFor()
    await row('Somebody has this').getByText('ann', { exact: true }).waitFor()
    await row('The sum is wrong').getByText('urgent').waitFor()
    await row('Mine first')
      .getByText(/^stranger put the label .+ may not write/)
      .waitFor()

    await row('The sum is wrong').getByRole('button', { name: 'Assign to Optio: acme/shop#1' }).click()
    await page.getByText('Optio works on acme/shop#1').first().waitFor()
    // The agent waits to be told to end: it is what is seen of a task that goes on.
    await row('The sum is wrong').getByText('Running').waitFor()
    expect(await row('The sum is wrong').getByRole('button').count()).toBe(0)
    await row('The sum is wrong')
      .getByRole('link', { name: /^Its task/ })
      .click()
    await page.waitForURL(/\/tasks\/[0-9a-f-]{36}/)
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    await page.goBack()
    await row('The sum is wrong').getByText('Running').waitFor()
    await optio.client.tasks.cancel({ params: { id } })
    await row('The sum is wrong').getByText('Cancelled').waitFor()
    await row('The sum is wrong')
      .getByRole('button', { name: /^Assign again/ })
      .waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('appear when they are opened, and are narrowed by words, repository and state, which the address keeps', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/issues`)
    await page.getByText('The sum is wrong').waitFor()
    web.there.openIssue({ title: 'Opened just now', by: 'ann' })
    await page.getByText('Opened just now').waitFor({ timeout: 20_000 })
    await page.getByRole('searchbox').fill('sum wr')
    await page.waitForURL(/q=sum/)
    await eventually(() => page.locator('[aria-posinset]').count()).toBe(1)
    await page.getByRole('searchbox').fill('')
    await page.getByLabel('Repository').selectOption({ label: 'acme/web' })
    await page.waitForURL(/repo=/)
    await eventually(() => page.getByText('The sum is wrong').count()).toBe(0)
    await page.getByLabel('State').selectOption('closed')
    await page.getByText('No issue fits these filters').waitFor()
    await page.reload()
    await page.getByText('No issue fits these filters').waitFor()
    expect(await page.getByLabel('State').inputValue()).toBe('closed')
    await page.getByRole('link', { name: 'Show all open issues' }).click()
    await page.getByText('The sum is wrong').waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('of a repository that cannot be read stay as they were, with the reason and when it is tried again', async () => {
    github.faults.failAlways('* *acme/web/*', 502)
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/issues`)
    await page.getByText('The issues of acme/web could not be read').waitFor({ timeout: 20_000 })
    await page.getByText('It is tried again').waitFor()
    await page.getByText('Opened just now').waitFor()
    await page.getByText('The sum is wrong').waitFor()
    await expectSound(browser, `${optio.url}/issues`)
    github.faults.clear()
    await page.getByRole('button', { name: 'Try now' }).click()
    await eventually(() => page.getByText('could not be read').count()).toBe(0)
    expect(problems).toEqual([])
    await close()
  })

  it('are few in the page however many there are, and go on while one scrolls or presses j', async () => {
    for (let n = 1; n <= MANY; n += 1) shop.there.openIssue({ title: `Many ${n}`, by: 'ann' })
    await eventually(
      async () => (await optio.client.issues.list({ query: { q: 'many', limit: 1000 } })).issues.length,
    ).toBe(MANY)
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/issues?q=many`)
    await settled(page)
    await page
      .getByText(/^Many \d+$/)
      .first()
      .waitFor()
    await eventually(async () => {
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
      return Number(await page.locator('[aria-posinset]').last().getAttribute('aria-posinset'))
    }).toBe(MANY)
    expect(await page.locator('[aria-posinset]').count()).toBeLessThan(60)
    await page.evaluate(() => window.scrollTo(0, 0))
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await eventually(() =>
      page.evaluate(
        () => document.activeElement?.closest('[aria-posinset]')?.getAttribute('aria-posinset') ?? '',
      ),
    ).toBe('2')
    expect(problems).toEqual([])
    await close()
    await expectSound(browser, `${optio.url}/issues`)
  })
})
