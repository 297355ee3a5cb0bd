import { executed } from '@optio/contract'
import { type ModelApi, promptWith, startModelApi } from '@optio/testkit'
import { claudeCodeCli } from '@optio/testkit/claude-code-cli'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { awaitTask, makeRepository } from './support/repositories.ts'

const cli = noBrowser === null ? await claudeCodeCli() : { bin: null, missing: noBrowser }

describe.skipIf(cli.bin === null)(
  `messages to the agent that runs, the real Claude Code${cli.missing ? ` (skipped: ${cli.missing})` : ''}`,
  () => {
    let api: ModelApi
    let optio: TestOptio
    let browser: Browser

    beforeAll(async () => {
      api = await startModelApi()
      ;[optio, browser] = await Promise.all([
        startTestOptio({
          PATH: `${cli.bin}:${process.env.PATH ?? ''}`,
          ANTHROPIC_BASE_URL: api.url,
          ANTHROPIC_API_KEY: `sk-ant-api03-${'not-a-real-key'.repeat(3)}`,
        }),
        launchBrowser(),
      ])
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
      await api?.close()
    })

    it('what is said by keyboard is on its way, then delivered; after its end there is no field', async () => {
      const repoUrl = await makeRepository(optio, 'sample')
      await optio.client.repos.connect({ body: { repoUrl, defaultAgentType: 'claude-code' } })
      const prompt = promptWith('Please answer.', {
        steps: [{ say: 'I begin.', run: 'sleep 600' }, { say: 'Done.' }],
      })
      const made = await optio.client.tasks.create({
        body: { repoUrl, title: 'Listen', prompt, maxRetries: 0 },
      })
      const { id } = executed(made).task
      await awaitTask(optio, id, ({ state }) => state === 'running')
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/tasks/${id}`)
      await page.getByRole('button', { name: 'More to do with this task' }).click()
      await page.getByRole('menuitem', { name: 'Say something to the agent…' }).click()
      const field = page.getByLabel('Say something to the agent')
      await field.fill('Use <b>the old</b> parser.')
      expect(await accessibilityProblems(page)).toEqual([])
      await field.press('Control+Enter')
      const said = page.getByRole('list', { name: 'Messages, the oldest first' })
      await said.getByText('Use <b>the old</b> parser.').waitFor()
      await said.getByText('delivered', { exact: true }).waitFor()
      await eventually(() => field.inputValue()).toBe('')
      await optio.client.tasks.cancel({ params: { id } })
      await page.getByText(/No agent works on this task now/).waitFor()
      expect(await field.count()).toBe(0)
      expect(problems).toEqual([])
      await close()
    })
  },
)
