import { type FakeGithub, startFakeGithub } from '@optio/testkit/github'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { makeRepository } from './support/repositories.ts'
import { expectSound } from './support/sound.ts'

const VALUE = 'a value that nobody may see'

describe.skipIf(noBrowser !== null)(`secrets${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let github: FakeGithub
  let optio: TestOptio
  let browser: Browser

  beforeAll(async () => {
    github = await startFakeGithub()
    const env = { GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url }
    ;[optio, browser] = await Promise.all([startTestOptio(env), launchBrowser()])
    const repoUrl = await makeRepository(optio, 'shop')
    await optio.client.repos.connect({
      body: {
        repoUrl,
        defaultAgentType: 'command',
        agentCommand: ['true'],
        agentSecrets: ['NPM_TOKEN'],
      },
    })
  })
  afterAll(async () => {
    await browser?.close()
    await optio?.stop()
    await github?.close()
  })

  const known = async () =>
    (await optio.client.secrets.list()).secrets.map(({ name, scope }) => `${name} ${scope}`)

  it('are reached with two keys, and say what to save first', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('k')
    await page.waitForURL('**/settings/secrets')
    await page.getByText('No secret is saved').waitFor()
    await page.getByRole('button', { name: 'Add ANTHROPIC_API_KEY' }).waitFor()
    await page.goto(`${optio.url}/settings`)
    await page.waitForURL('**/settings/secrets')
    expect(problems).toEqual([])
    await close()
    await expectSound(browser, `${optio.url}/settings/secrets`, async (page) => {
      await page.getByRole('heading', { name: 'Encryption key' }).waitFor()
    })
  })

  it('are asked about when they are saved; what their service says is shown, and one that it refuses is saved too', async () => {
    const { page, close } = await openPage(browser)
    await page.goto(`${optio.url}/settings/secrets?add=GITHUB_TOKEN`)
    const dialog = page.getByRole('dialog')
    expect(await dialog.getByLabel('Name').inputValue()).toBe('GITHUB_TOKEN')
    await dialog.getByLabel('Value', { exact: true }).fill('refused-by-github')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByText('GITHUB_TOKEN is saved, and does not work').waitFor()
    expect(await known()).toEqual(['GITHUB_TOKEN global'])

    await page.getByRole('button', { name: 'Replace the value of GITHUB_TOKEN, everywhere' }).click()
    await dialog.getByLabel('Value', { exact: true }).fill(github.createToken({ login: 'optio-bot' }))
    await page.keyboard.press('Enter')
    await page.getByText('GITHUB_TOKEN is saved', { exact: true }).waitFor()
    await page.getByRole('listitem').getByText('A token of optio-bot').waitFor()
    await page.getByText('For Optio: repositories at GitHub.').waitFor()
    await close()
  })

  it('have a name and a value, which is hidden until somebody wants to see it, and is never in the page again', async () => {
    const { page, close } = await openPage(browser)
    await page.goto(`${optio.url}/settings/secrets`)
    await page.getByRole('button', { name: 'Add a secret' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('Give it a name.').waitFor()
    await dialog.getByText('Give its value.').waitFor()
    const value = dialog.getByLabel('Value', { exact: true })
    await dialog.getByLabel('Name').fill('npm-token')
    await value.fill(VALUE)
    expect(await value.getAttribute('type')).toBe('password')
    await dialog.getByRole('button', { name: 'Show the value' }).click()
    expect(await value.evaluate((field) => field.tagName)).toBe('TEXTAREA')
    await dialog.getByRole('button', { name: 'Show the value' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText(/must be capital letters/).waitFor()
    await eventually(() => dialog.getByLabel('Name').getAttribute('aria-invalid')).toBe('true')

    await dialog.getByLabel('Name').fill('NPM_TOKEN')
    await dialog.getByLabel('Where it holds').selectOption({ label: 'shop' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    const row = page.getByRole('listitem').filter({ hasText: 'NPM_TOKEN' })
    await row.getByText('For agents on shop.').waitFor()
    await row.getByText('only shop').waitFor()
    await row.getByText('never used').waitFor()
    expect(await page.content()).not.toContain(VALUE)
    await close()
  })

  it('of several lines keep them when they are pasted', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/settings/secrets?add=DEPLOY_KEY`)
    const value = page.getByRole('dialog').getByLabel('Value', { exact: true })
    await value.evaluate((field) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text', 'first\r\nsecond\n')
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
    })
    await eventually(() => value.inputValue()).toBe('first\nsecond\n')
    expect(await accessibilityProblems(page)).toEqual([])
    expect(problems).toEqual([])
    await close()
  })

  it('are shown, accessible and in a narrow window too, with what uses them', async () => {
    await optio.client.secrets.save({
      body: { name: `A_${'LONG_'.repeat(30)}NAME`, value: VALUE, scope: 'user' },
    })
    await expectSound(browser, `${optio.url}/settings/secrets`, async (page) => {
      await page.getByText('only yours').waitFor()
    })
  })

  it('are deleted only after a question that says what uses them', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/settings/secrets`)
    await page.getByRole('button', { name: 'Delete NPM_TOKEN, only shop' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('agents on shop').waitFor()
    await dialog.getByRole('button', { name: 'Back' }).click()
    expect(await known()).toContainEqual(expect.stringContaining('NPM_TOKEN'))
    await page.getByRole('button', { name: 'Delete NPM_TOKEN, only shop' }).click()
    await dialog.getByRole('button', { name: 'Delete the secret' }).click()
    await eventually(() => page.getByText('NPM_TOKEN').count()).toBe(0)
    expect(await known()).not.toContainEqual(expect.stringContaining('NPM_TOKEN'))
    expect(problems).toEqual([])
    await close()
  })

  it('saved elsewhere appear by themselves', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/settings/secrets`)
    await page.getByText('GITHUB_TOKEN').first().waitFor()
    await optio.client.secrets.save({ body: { name: 'FROM_ELSEWHERE', value: VALUE } })
    await page.getByText('FROM_ELSEWHERE').waitFor()
    expect(problems).toEqual([])
    await close()
  })

  it('are encrypted with a new key after a question', async () => {
    const { activeKeyId } = (await optio.client.secrets.encryption()).encryption
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/settings/secrets`)
    await page.getByText('the file encryption-key').waitFor()
    await page.getByText(activeKeyId).waitFor()
    await page.getByRole('button', { name: 'Use a new key…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Use a new key' }).click()
    await page.getByText('Secrets are encrypted with a new key').first().waitFor()
    await eventually(() => page.getByText(activeKeyId).count()).toBe(0)
    const { encryption } = await optio.client.secrets.encryption()
    expect(encryption).toMatchObject({ secretsOfOlderKeys: 0 })
    await page.getByText(encryption.activeKeyId).waitFor()
    expect(problems).toEqual([])
    await close()
  })
})
