import type { Repo } from '@optio/contract'
import { scriptedAgentCommand } from '@optio/testkit'
import { type FakeGithub, type FakeRepository, startFakeGithub } from '@optio/testkit/github'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { openPage } from './support/pages.ts'
import { awaitTask, committing, createTask } from './support/repositories.ts'
import { expectSound, HOSTILE, SHOWN } from './support/sound.ts'

describe.skipIf(noBrowser !== null)(`GitHub${noBrowser ? ` (skipped: ${noBrowser})` : ''}`, () => {
  let github: FakeGithub
  let optio: TestOptio
  let browser: Browser
  let there: FakeRepository
  let repo: Repo

  beforeAll(async () => {
    github = await startFakeGithub()
    const env = { GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url }
    ;[optio, browser, there] = await Promise.all([
      startTestOptio(env),
      launchBrowser(),
      github.createRepository({
        owner: 'acme',
        name: 'shop',
        permissions: { 'optio-bot': 'admin', ann: 'write' },
      }),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await optio?.stop()
    await github?.close()
  })

  it('is shown as not connected, with what to save first', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/settings/github`)
    await page.getByText('GitHub is not connected').waitFor()
    await page.getByText('Webhooks are not taken').waitFor()
    await page.getByText('GitHub has sent nothing yet.').waitFor()
    await page.getByRole('link', { name: 'Add GITHUB_TOKEN' }).click()
    await page.waitForURL('**/settings/secrets?add=GITHUB_TOKEN')
    await page.getByRole('dialog').waitFor()
    expect(problems).toEqual([])
    await close()
    await expectSound(browser, `${optio.url}/settings/github`)
  })

  it('a repository is connected by its address; without a token, or with one that may too little, each thing that is missing is said', async () => {
    const { page, close } = await openPage(browser)
    await page.goto(`${optio.url}/repos/new`)
    const address = page.getByLabel('Address or path')
    await address.fill(there.url)
    await page.keyboard.press('Enter')
    await page.getByText('FORGE_CREDENTIAL').waitFor()
    await page.getByRole('link', { name: 'Save a token' }).waitFor()

    const permissions = { contents: 'read', pull_requests: 'write', issues: 'write' } as const
    const little = github.createToken({ login: 'optio-bot', permissions })
    await optio.client.secrets.save({ body: { name: 'GITHUB_TOKEN', value: little } })
    await address.focus()
    await page.keyboard.press('Enter')
    await page.getByText('What the token lacks').waitFor()
    await page.getByRole('alert').getByRole('listitem').filter({ hasText: 'Contents' }).waitFor()
    await page.getByRole('link', { name: 'Save another token' }).waitFor()
    expect((await optio.client.repos.list()).repos).toEqual([])

    const enough = github.createToken({ login: 'optio-bot' })
    await optio.client.secrets.save({ body: { name: 'GITHUB_TOKEN', value: enough } })
    await address.focus()
    await page.keyboard.press('Enter')
    await page.getByText('acme/shop is connected').waitFor()
    ;[repo] = (await optio.client.repos.list()).repos as [Repo]
    expect(repo).toMatchObject({ gitPlatform: 'github', repoUrl: there.url })
    await close()
  })

  it('settings of a repository there are saved', async () => {
    const { page, problems, close } = await openPage(browser)
    await page.goto(`${optio.url}/repos/${repo.id}`)
    await page.getByLabel('Delete the branch after the merge').uncheck()
    await page.getByLabel('Close the issue after the merge').uncheck()
    await page.getByLabel('Close the pull request of a cancelled task').uncheck()
    await page.getByLabel('Who may cause work').selectOption('anyone')
    await page.getByLabel('Names of secrets').fill('NPM_TOKEN\nTEST_DATABASE_URL\n')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Settings saved').first().waitFor()
    expect((await optio.client.repos.get({ params: { id: repo.id } })).repo).toMatchObject({
      deleteBranchOnMerge: false,
      closeIssueOnMerge: false,
      closeOnCancel: false,
      requestsFrom: 'anyone',
      agentSecrets: ['NPM_TOKEN', 'TEST_DATABASE_URL'],
    })
    expect(problems).toEqual([])
    await close()
    await expectSound(browser, `${optio.url}/repos/${repo.id}`, async (shown) => {
      await shown.getByText('None delivers.').waitFor()
    })
  })

  it('its webhook is installed with a button, and what it delivers is listed', async () => {
    const { page, close } = await openPage(browser)
    await page.goto(`${optio.url}/repos/${repo.id}`)
    const address = page.getByLabel('Address of Optio')
    await address.fill(optio.url)
    await page.getByRole('button', { name: 'Install' }).click()
    await page.getByText('GITHUB_WEBHOOK_SECRET first').waitFor()
    await optio.client.secrets.save({ body: { name: 'GITHUB_WEBHOOK_SECRET', value: 'a long random text' } })
    await page.getByRole('button', { name: 'Install' }).click()
    await page.getByText('The webhook is installed').first().waitFor()
    await page.getByText('It delivers').waitFor()
    await page.getByText('By hand, on GitHub').click()
    await page.getByText('application/json').waitFor()
    await page.getByText(`${optio.url}/api/webhooks/github`).first().waitFor()

    there.openIssue({ title: 'Wrong', by: 'ann' })
    await page.getByRole('link', { name: 'Deliveries' }).click()
    const delivery = page.getByRole('listitem').filter({ hasText: 'issues.opened' })
    await eventually(async () => {
      await page.reload()
      await page.getByText('ping', { exact: true }).waitFor()
      return await delivery.filter({ hasText: 'done' }).count()
    }).toBe(1)
    await delivery.getByText('acme/shop').waitFor()
    await page.getByText('the secret GITHUB_TOKEN').waitFor()
    await page.getByText('optio-bot').waitFor()
    await page
      .getByText(/^[\d,]+ of 5,000 left$/)
      .first()
      .waitFor()
    await close()
    await expectSound(browser, `${optio.url}/settings/github`)
  })

  it('a task shows which checks are required, conversations that are open, and how old what is known is', async () => {
    there.protect('main', { requiredChecks: ['build'] })
    there.onPush(() => [{ name: 'build', after: 'manual' }, { name: 'optional' }])
    const [program = '', ...rest] = scriptedAgentCommand()
    ;({ repo } = await optio.client.repos.edit({
      params: { id: repo.id },
      body: {
        defaultAgentType: 'command',
        agentCommand: [program, ...rest],
        agentSecrets: [],
        autoResume: false,
      },
    }))
    const { id } = await createTask(optio, repo, 'Do it', committing('a.js'))
    const { prNumber } = await awaitTask(
      optio,
      id,
      (task) => task.prNumber !== null && task.prObservedAt !== null,
    )
    await there.review(prNumber ?? 0, {
      by: 'ann',
      event: 'COMMENT',
      body: 'See below.',
      comments: [{ path: 'a.js', line: 1, body: HOSTILE }],
    })
    const { page, close } = await openPage(browser)
    await page.goto(`${optio.url}/tasks/${id}?tab=changes`)
    await page.getByText('Unresolved conversations (1)').waitFor()
    await page.getByText(SHOWN).first().waitFor()
    const check = (name: string) => page.getByRole('listitem').filter({ hasText: name })
    await check('build').getByText('required', { exact: true }).waitFor()
    expect(await check('optional').getByText('required', { exact: true }).count()).toBe(0)
    await page
      .getByRole('definition')
      .filter({ hasText: `#${prNumber}` })
      .getByText(/^seen/)
      .waitFor()
    await close()
    await expectSound(browser, `${optio.url}/tasks/${id}?tab=changes`, async (shown) => {
      await shown.getByText('Unresolved conversations (1)').waitFor()
    })
  })
})
