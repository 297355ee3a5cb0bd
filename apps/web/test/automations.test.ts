import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { executed, isDefinition, type Repo, type RepoBlueprint, type Standalone } from '@optio/contract'
import { type AgentStep, scriptedAgentCommand } from '@optio/testkit'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, committing, connectRepository } from './support/repositories.ts'
import { expectSound, HOSTILE, SHOWN } from './support/sound.ts'

/** A prompt that has the scripted agent do these steps, with what parameters put into them. */
function promptOf(words: string, steps: readonly AgentStep[]): string {
  return `${words}\n\n\`\`\`optio-script\n${JSON.stringify(steps)}\n\`\`\`\n`
}

describe.skipIf(noBrowser !== null)(
  `blueprints, standalone tasks, runs and triggers${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
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

    type Body = NonNullable<NonNullable<Parameters<TestOptio['client']['tasks']['create']>[0]>['body']>

    async function define(
      body: Omit<Body, 'prompt'> & { prompt: string },
    ): Promise<RepoBlueprint | Standalone> {
      const [program = '', ...rest] = scriptedAgentCommand()
      const agent =
        body.type === 'standalone' ? { agentType: 'command' as const, agentCommand: [program, ...rest] } : {}
      const { task } = await optio.client.tasks.create({ body: { ...agent, ...body } as Body })
      if (!isDefinition(task)) throw new Error(`${task.id} is no definition.`)
      return task
    }

    const pageOf = ({ id }: { id: string }) => `${optio.url}/automations/${id}`

    it.each([
      ['/automations', 'There are no blueprints yet'],
      ['/automations?kind=standalone', 'There are no standalone tasks yet'],
      ['/automations/new', 'A blueprint needs a repository to work on'],
      ['/automations/new?kind=standalone', 'Create the standalone task'],
      ['/automations/01a201bb-0000-7000-8000-000000000000', 'There is no automation at this address'],
    ])(
      'without anything %s says what to do, accessibly, wide and light, narrow and dark',
      async (path, words) => {
        const { page, close } = await openPage(browser)
        await page.goto(optio.url + path)
        await page.getByText(words).waitFor()
        await close()
        const isMissing = path.includes('01a201bb')
        if (!isMissing) await expectSound(browser, optio.url + path)
      },
    )

    it('the three kinds of tasks are found from “New task”', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks/new`)
      await page.getByRole('link', { name: /^Standalone task/ }).click()
      await page.getByRole('heading', { level: 1, name: 'New standalone task' }).waitFor()
      await page.getByRole('link', { name: /^Blueprint/ }).click()
      await page.getByRole('heading', { level: 1, name: 'New blueprint' }).waitFor()
      await page.getByRole('link', { name: /^Task One/ }).click()
      await page.getByRole('heading', { level: 1, name: 'New task' }).waitFor()
      expect(problems).toEqual([])
      await close()
    })

    it('a standalone task is made, scheduled, run with parameters, watched to its output', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/automations/new?kind=standalone`)
      await page.getByLabel('Name', { exact: true }).fill('Weekly report')
      await page
        .getByLabel('Prompt')
        .fill(
          promptOf('Report on {{ team }}.', [
            { say: 'I look around' },
            { waitFor: { path: 'go-on' } },
            { result: 'All is well with {{ team }}: {{ depth }}.' },
          ]),
        )
      await page.getByRole('button', { name: 'Add a parameter' }).click()
      await page.getByRole('group', { name: 'Parameter 1' }).getByLabel('Name').fill('team')
      await page.getByRole('group', { name: 'Parameter 1' }).getByLabel('Required').check()
      await page.getByRole('button', { name: 'Add a parameter' }).click()
      const second = page.getByRole('group', { name: 'Parameter 2' })
      await second.getByLabel('Name').fill('depth')
      await second.getByLabel('Type').selectOption('integer')
      await second.getByLabel(/^Default/).fill('three')
      await second.getByText('must be of its type').waitFor()
      await page.getByRole('button', { name: 'Create the standalone task' }).click()
      expect(await second.getByLabel(/^Default/).evaluate((field) => field === document.activeElement)).toBe(
        true,
      )
      await second.getByLabel(/^Default/).fill('3')
      await page.getByText('Preview: what the agent is told').click()
      await page.getByText('Report on (team).').waitFor()
      await page.getByLabel('Agent', { exact: true }).selectOption('command')
      await page.getByLabel('Command', { exact: true }).fill(scriptedAgentCommand().join('\n'))
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('button', { name: 'Create the standalone task' }).click()
      await page.getByRole('heading', { level: 1, name: 'Weekly report' }).waitFor()
      await page.waitForURL(/\/automations\/[0-9a-f-]{36}$/)
      const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
      const { task: made } = await optio.client.tasks.get({ params: { id } })
      expect(made).toMatchObject({
        type: 'standalone',
        paramsSchema: {
          properties: { team: { type: 'string' }, depth: { type: 'integer', default: 3 } },
          required: ['team'],
        },
      })

      await page.getByRole('button', { name: 'Add a trigger' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Cron expression').fill('not a cron')
      await dialog.getByRole('status').getByText(/cron/i).first().waitFor()
      await dialog.getByLabel('How often').selectOption('Monday to Friday at 09:00')
      await dialog.getByLabel('Time zone', { exact: true }).fill('America/New_York')
      await dialog.getByText('Next in America/New_York').waitFor()
      await eventually(() => dialog.getByRole('row').count()).toBe(6)
      expect(await dialog.getByRole('row').nth(1).textContent()).toMatch(/, 09:00.+, 1[34]:00$/)
      await dialog.getByText('It cannot start by a schedule as it is').waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Add the trigger' }).click()
      await page.getByRole('heading', { name: 'Monday to Friday at 09:00' }).waitFor()
      await page.getByText('Next in America/New_York').waitFor()

      await page.getByRole('button', { name: 'Run…' }).click()
      const form = page.getByRole('dialog', { name: 'Run “Weekly report”' })
      expect(await form.getByLabel(/^depth/).inputValue()).toBe('3')
      await form.getByRole('button', { name: 'Run now' }).click()
      await form.getByText('is required', { exact: true }).waitFor()
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-invalid'))).toBe('true')
      await form.getByLabel('team', { exact: true }).fill('core')
      await form.getByText('agent is told').click()
      await form.getByText('Report on core.').waitFor()
      expect(await accessibilityProblems(page)).toEqual([])
      await page.keyboard.press('Escape')
      await form.waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Run…' }).click()
      await form.getByLabel('team', { exact: true }).fill('core')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/tasks\/[0-9a-f-]{36}$/)
      const runId = new URL(page.url()).pathname.split('/').at(-1) ?? ''

      await page.getByText('I look around').waitFor()
      await page.getByText('Running', { exact: true }).waitFor()
      const tabs = await page.getByRole('tab').allTextContents()
      expect(tabs[0]).toBe('Output')
      expect(tabs).not.toContain('Changes')
      await page.getByText('Report on core.', { exact: false }).first().click()
      await page.getByRole('heading', { name: 'Parameters' }).waitFor()
      const { environment } = await optio.client.tasks.environment({ params: { id: runId } })
      await goOn(environment.path ?? '')
      await page.getByText('Completed', { exact: true }).waitFor()
      await page.getByRole('tab', { name: 'Output' }).click()
      await page.getByText('All is well with core: 3.', { exact: true }).waitFor()
      await page.getByRole('link', { name: /Weekly report$/ }).click()
      await page.getByRole('heading', { name: 'Runs' }).waitFor()
      await page.getByText('depth=3').waitFor()
      // The browser itself writes a line about the answer 400.
      expect(problems.filter((problem) => !problem.includes('400'))).toEqual([])
      await close()
      await expectSound(browser, `${optio.url}/tasks/${runId}?tab=output`)
      await expectSound(browser, pageOf({ id }))
    })

    it('a blueprint is run by its dialog: the task opens, and the blueprint’s page follows it', async () => {
      repo = await connectRepository(optio, 'shop', { testCommand: 'true', autoMerge: true })
      const blueprint = await define({
        type: 'repo-blueprint',
        name: 'Update a package',
        title: 'Update {{ package }}',
        repoUrl: repo.repoUrl,
        prompt: promptOf('Bring {{ package }} up to date.', committing('{{ package }}.txt')),
        paramsSchema: {
          type: 'object',
          properties: {
            package: { type: 'string', pattern: '^[a-z]+$' },
            kinds: { type: 'array', items: { type: 'string' } },
            risk: { enum: ['low', 'high'], default: 'low' },
            options: { type: 'object', properties: { deep: { type: 'number' } } },
            notes: { type: 'string', maxLength: 5000 },
          },
          required: ['package'],
          additionalProperties: false,
        },
      })
      const { page, problems, close } = await openPage(browser)
      const watching = await openPage(browser)
      await watching.page.goto(pageOf(blueprint))
      await watching.page.getByText('None yet. “Run…” starts one now').waitFor()
      await page.goto(pageOf(blueprint))
      await page.getByRole('button', { name: 'Run…' }).click()
      const form = page.getByRole('dialog')
      await form.getByLabel('package', { exact: true }).fill('ZOD')
      await form.getByLabel(/^kinds/).fill('major\nminor')
      await form.getByLabel(/^risk/).selectOption('high')
      await form.getByLabel(/^options/).fill('{ "deep": "very" }')
      expect(await form.getByLabel(/^notes/).evaluate(({ tagName }) => tagName)).toBe('TEXTAREA')
      await form.getByRole('button', { name: 'Make the task' }).click()
      // The server says it of each field, at its path.
      await form.getByText('must match pattern').waitFor()
      await form.getByText('deep must be number').waitFor()
      expect(await form.getByLabel('package', { exact: true }).getAttribute('aria-invalid')).toBe('true')
      expect((await optio.client.runs.list({ params: { id: blueprint.id } })).runs).toEqual([])

      await form.getByLabel('package', { exact: true }).fill('zod')
      await form.getByLabel(/^options/).fill('{ "deep": 2 }')
      await form.getByRole('button', { name: 'Make the task' }).click()
      await page.waitForURL(/\/tasks\/[0-9a-f-]{36}$/)
      await page.getByRole('heading', { level: 1, name: 'Update zod' }).waitFor()
      const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
      const { task } = executed(await optio.client.tasks.get({ params: { id } }))
      expect(task).toMatchObject({
        type: 'repo-task',
        blueprintId: blueprint.id,
        params: { package: 'zod', kinds: ['major', 'minor'], risk: 'high', options: { deep: 2 } },
      })
      await watching.page.getByRole('link', { name: 'Update zod' }).waitFor()
      await watching.page.getByText('#1').waitFor()
      await page.getByRole('link', { name: /Update a package$/ }).click()
      await page.waitForURL(pageOf(blueprint))
      // The browser itself writes a line about the answer 400.
      expect(problems.filter((problem) => !problem.includes('400'))).toEqual([])
      expect(watching.problems).toEqual([])
      await watching.close()
      await close()
      await expectSound(browser, pageOf(blueprint))
      await expectSound(browser, `${pageOf(blueprint)}/edit`)
    })

    it('a webhook’s page shows its address and how to sign; a call shows as a firing with its run', async () => {
      const alone = await define({
        type: 'standalone',
        name: 'On a deploy',
        prompt: promptOf('Look at {{ service }}.', [{ result: 'Looked at it.' }]),
        paramsSchema: {
          type: 'object',
          properties: { service: { type: 'string' } },
          required: ['service'],
          additionalProperties: false,
        },
      })
      const { page, problems, close } = await openPage(browser)
      await page.goto(pageOf(alone))
      await page.getByRole('button', { name: 'Add a trigger' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByText('When another program calls').click()
      await dialog.getByLabel('Path').fill('a path')
      await dialog.getByRole('button', { name: 'Add the trigger' }).click()
      await dialog.getByText('must be letters, digits').waitFor()
      await dialog.getByLabel('Path').fill('deploys')
      await dialog.getByRole('button', { name: 'Make one' }).click()
      const secret = await dialog.getByLabel(/^Secret/).inputValue()
      await dialog.getByLabel(/^Parameters from/).fill('service = deploy.service')
      expect(await accessibilityProblems(page)).toEqual([])
      await dialog.getByRole('button', { name: 'Add the trigger' }).click()
      await page.getByText(`${optio.url}/api/hooks/deploys`, { exact: true }).waitFor()
      await page.getByText('How to call it').click()
      const example = page.locator('pre', { hasText: 'curl -X POST' })
      await example.waitFor()
      const command = (await example.textContent()) ?? ''
      expect(command).toContain('X-Optio-Signature: sha256=$SIGNATURE')
      expect(command).not.toContain(secret)

      const body = JSON.stringify({ deploy: { service: HOSTILE } })
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      const call = (value: string) =>
        fetch(`${optio.url}/api/hooks/deploys`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-optio-signature': `sha256=${value}` },
          body,
        })
      expect((await call(signature.replace(/^../, '00'))).status).toBe(401)
      expect((await call(signature)).status).toBe(202)
      await page.getByRole('listitem').getByText('On a deploy').waitFor()
      await page.getByText('Firings').click()
      const firings = page.getByRole('list', { name: 'Firings, newest first' })
      await firings.getByText('Started').waitFor()
      await page.getByText('service="<img src=x onerror=alert(1)>').waitFor()
      await firings.getByRole('link').click()
      await page.waitForURL(/\/tasks\//)
      await page.getByText('Completed', { exact: true }).waitFor()
      expect(await page.locator('img[src=x]').count()).toBe(0)
      expect(problems.filter((problem) => !problem.includes('400'))).toEqual([])
      await close()
    })

    it('a trigger is changed, switched off and deleted; a definition that is off cannot be run', async () => {
      const alone = await define({ type: 'standalone', name: HOSTILE, prompt: promptOf('Do it.', []) })
      await optio.client.triggers.create({
        params: { id: alone.id },
        body: { type: 'schedule', config: { cronExpression: '0 9 * * *', timezone: 'UTC' }, enabled: true },
      })
      const { page, problems, close } = await openPage(browser)
      await page.goto(pageOf(alone))
      await page.getByRole('button', { name: 'Edit Every day at 09:00' }).click()
      await page.getByLabel('Cron expression').fill('30 7 * * *')
      await page.getByLabel('While a run of it is unfinished').selectOption('queue')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('heading', { name: 'Every day at 07:30' }).waitFor()
      const triggers = async () => (await optio.client.triggers.list({ params: { id: alone.id } })).triggers
      expect((await triggers())[0]).toMatchObject({
        config: { cronExpression: '30 7 * * *', overlap: 'queue', timezone: 'UTC' },
      })
      await page.getByRole('switch', { name: 'Every day at 07:30 is enabled' }).click()
      await eventually(async () => (await triggers())[0]?.enabled).toBe(false)
      await page.getByText('The next times').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Delete Every day at 07:30' }).click()
      await page.getByRole('button', { name: 'Delete the trigger' }).click()
      await eventually(triggers).toEqual([])
      await page.getByText('None: it runs when somebody presses').waitFor()

      await page.getByRole('switch', { name: `“${SHOWN}” is enabled` }).click()
      await page.getByText('It is off', { exact: true }).waitFor()
      expect(await page.getByRole('button', { name: 'Run…' }).isDisabled()).toBe(true)
      await page.goto(`${optio.url}/automations?kind=standalone`)
      await page.getByRole('link', { name: SHOWN }).waitFor()
      expect(await page.locator('img[src=x]').count()).toBe(0)
      await page.getByRole('searchbox').fill('weekly')
      await page.waitForURL(/q=weekly/)
      await page.getByRole('link', { name: SHOWN }).waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'Weekly report' }).waitFor()

      // A definition's id where tasks are leads to its page.
      await page.goto(`${optio.url}/tasks/${alone.id}`)
      await page.waitForURL(pageOf(alone))
      await page.getByRole('button', { name: 'Delete…' }).click()
      await page.getByRole('button', { name: 'Delete it' }).click()
      await page.waitForURL(/\/automations\?kind=standalone$/)
      await expect(optio.client.tasks.get({ params: { id: alone.id } })).rejects.toThrow(/no task|not found/i)
      // That it is gone may be told before the page is left, which then reads it once more.
      expect(problems.filter((problem) => !problem.includes('404'))).toEqual([])
      await close()
    })

    it('editing sends only what was changed, and says what the server refuses at its field', async () => {
      const blueprint = await define({
        type: 'repo-blueprint',
        name: 'Edited',
        repoUrl: repo.repoUrl,
        prompt: 'Do it.',
      })
      const { page, close } = await openPage(browser)
      await page.goto(`${pageOf(blueprint)}/edit`)
      await page.getByLabel('Prompt').fill('Do {{ it }')
      await page.getByRole('button', { name: 'JSON Schema' }).click()
      await page.getByLabel(/^JSON Schema of/).fill('{ "type": ')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('must be JSON', { exact: true }).waitFor()
      await page.getByLabel(/^JSON Schema of/).fill('{ "type": "nothing" }')
      await page.getByRole('button', { name: 'Save' }).click()
      const schema = page.getByLabel(/^JSON Schema of/)
      await eventually(() => schema.getAttribute('aria-invalid')).toBe('true')
      await schema.fill('')
      await page.getByRole('button', { name: 'Save' }).click()
      await eventually(() => page.getByLabel('Prompt').getAttribute('aria-invalid')).toBe('true')
      await page.getByLabel('Prompt').fill('Do {{ it }}')
      // Meanwhile somebody else changes something else.
      await optio.client.tasks.edit({ params: { id: blueprint.id }, body: { priority: 7 } })
      await page.getByRole('button', { name: 'Save' }).click()
      await page.waitForURL(pageOf(blueprint))
      const { task } = await optio.client.tasks.get({ params: { id: blueprint.id } })
      expect(task).toMatchObject({ prompt: 'Do {{ it }}', priority: 7, name: 'Edited' })
      await close()
    })

    it('a run that works is cancelled from its page, and retried', async () => {
      const alone = await define({
        type: 'standalone',
        name: 'Hangs',
        prompt: promptOf('Do it.', [{ hang: true }]),
      })
      const { runId } = await optio.client.runs.start({ params: { id: alone.id }, body: {} })
      await awaitTask(optio, runId, ({ state }) => state === 'running')
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks/${runId}`)
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      await page.getByRole('button', { name: 'Cancel the run' }).click()
      await page.getByText('Cancelled', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Retry' }).click()
      await page.getByText('Running', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor()
      expect(problems).toEqual([])
      await close()
      await optio.client.tasks.cancel({ params: { id: runId } })
    })

    it.each(['/automations', '/automations?kind=standalone'])(
      '%s with much on it is accessible and does not scroll sideways',
      async (path) => {
        await expectSound(browser, optio.url + path)
      },
    )
  },
)

/** Lets an agent go on that waits for this file in its directory. */
async function goOn(directory: string): Promise<void> {
  await writeFile(join(directory, 'go-on'), '')
}
