import type { Repo } from '@optio/contract'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser, noBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { startTestOptio, type TestOptio } from './support/optio.ts'
import { accessibilityProblems, openPage } from './support/pages.ts'
import { connectRepository, createTask } from './support/repositories.ts'
import { expectSound, HOSTILE, SHOWN } from './support/sound.ts'

describe.skipIf(noBrowser !== null)(
  `templates of prompts and of tasks${noBrowser ? ` (skipped: ${noBrowser})` : ''}`,
  () => {
    let optio: TestOptio
    let browser: Browser
    let repo: Repo

    beforeAll(async () => {
      ;[optio, browser] = await Promise.all([startTestOptio(), launchBrowser()])
      repo = await connectRepository(optio, 'shop')
    })
    afterAll(async () => {
      await browser?.close()
      await optio?.stop()
    })

    it.each([
      ['/templates', 'There are no prompt templates yet'],
      ['/templates?kind=review', 'There is no default here: it is the one Optio comes with.'],
      ['/templates/new?kind=ci_fix', 'Write the template first.'],
      ['/templates/tasks', 'There are no task templates yet'],
      ['/templates/tasks/new', 'Create the template'],
    ])(
      'without any, %s says what to do, accessibly, wide and light, narrow and dark',
      async (path, words) => {
        const { page, close } = await openPage(browser)
        await page.goto(optio.url + path)
        await page.getByText(words).waitFor()
        await close()
        await expectSound(browser, optio.url + path)
      },
    )

    it('an address of no template says so', async () => {
      const { page, close } = await openPage(browser)
      await page.goto(`${optio.url}/templates/01a201bb-0000-7000-8000-000000000000`)
      await page.getByText('There is no template at this address').waitFor()
      await close()
    })

    it('a prompt template is begun with the built-in text, previewed while it is typed, and used by the next agent', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/templates/new?kind=prompt`)
      await page.getByLabel('Name', { exact: true }).fill('House rules')
      await page.getByRole('button', { name: 'Start from the built-in text' }).click()
      const preview = page.getByRole('region', { name: 'What it comes to, with examples' })
      await preview.getByText('Make parse("") answer null.').waitFor()

      const template = page.getByLabel('Template', { exact: true })
      await template.fill('Tidy up.\n{{ tast }}')
      await page.getByText(/There is no variable .?tast/).waitFor()
      await page.getByText('2: {{ tast }}').waitFor()
      expect(await preview.count()).toBe(0)
      await template.fill('In this house we whisper.\n')
      await template.press('Control+End')
      await page.getByRole('button', { name: 'Insert task', exact: true }).click()
      await preview.getByText('In this house we whisper. Make parse').waitFor()
      expect(await template.inputValue()).toBe('In this house we whisper.\n{{ task }}')
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('button', { name: 'Create the template' }).click()
      await page.getByRole('heading', { level: 1, name: 'House rules' }).waitFor()

      // It is no default yet: nobody is given it.
      const effective = async () =>
        await optio.client.promptTemplates.effective({ query: { repoUrl: repo.repoUrl } })
      expect((await effective()).source).toBe('built_in')
      await page.getByLabel('Default').check()
      await page.getByRole('button', { name: 'Save' }).click()
      await eventually(async () => (await effective()).source).toBe('workspace')
      await page.getByRole('link', { name: 'Templates' }).click()
      // The form that is left has a field of this name, too.
      await page.getByRole('navigation', { name: 'Kinds of templates' }).waitFor()
      await page.getByLabel('Kind', { exact: true }).selectOption('prompt')
      await page.getByRole('heading', { name: 'In effect: House rules' }).waitFor()
      await page.getByText('It is the default for every repository that has none of its own.').waitFor()

      const task = await createTask(optio, repo, 'Whispered', [{ prompt: true }, { exit: 3 }], {
        maxRetries: 0,
      })
      await page.goto(`${optio.url}/tasks/${task.id}?tab=log`)
      await page
        .getByRole('feed')
        .getByText(/In this house we whisper\./)
        .waitFor()
      expect(problems.filter((each) => !each.includes('400'))).toEqual([])
      await close()
    })

    it('one of a repository holds before that for all, is shown as text, and goes when it is deleted', async () => {
      const { template } = await optio.client.promptTemplates.create({
        body: { name: HOSTILE, template: HOSTILE, repoUrl: repo.repoUrl, description: HOSTILE },
      })
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/templates?kind=prompt&repo=${repo.id}`)
      await page.getByRole('heading', { name: `In effect: ${SHOWN}` }).waitFor()
      await page.getByText('It is the default of this repository.').waitFor()
      await page.getByRole('link', { name: 'Edit it' }).click()
      await page.getByRole('region', { name: 'What it comes to, with examples' }).getByText(SHOWN).waitFor()
      expect(await page.locator('img[src=x]').count()).toBe(0)
      await expectSound(browser, `${optio.url}/templates/${template.id}`)
      await expectSound(browser, `${optio.url}/templates?kind=prompt&repo=${repo.id}`)

      // What is typed is not lost by a slip.
      await page.getByLabel('Name', { exact: true }).fill('Something else')
      await page.getByRole('link', { name: 'Tasks', exact: true }).click()
      await page.getByText('What you typed would be lost.').waitFor()
      await page.getByRole('button', { name: 'Back' }).click()
      await page.getByRole('button', { name: 'Delete…' }).click()
      await page.getByRole('button', { name: 'Delete the template' }).click()
      await page.waitForURL(`${optio.url}/templates`)
      const { templates } = await optio.client.promptTemplates.list()
      expect(templates.map(({ id }) => id)).not.toContain(template.id)
      expect(problems).toEqual([])
      await close()
    })

    it('a task template is made, changed, and fills in the form of a new task', async () => {
      const { page, problems, close } = await openPage(browser)
      await page.goto(`${optio.url}/templates/tasks/new`)
      await page.getByRole('button', { name: 'Create the template' }).click()
      await page.getByText('say what is to be done').waitFor()
      await page.getByLabel('Name', { exact: true }).fill('Update a dependency')
      await page.getByLabel('What is to be done').fill('Update left-pad.')
      await page.getByLabel(/^Priority/).fill('7')
      await page.getByRole('button', { name: 'Create the template' }).click()
      await page.getByRole('link', { name: 'Update a dependency', exact: true }).click()
      await page.getByLabel(/^Title/).fill('Dependencies')
      await page.getByLabel('What is to be done').press('Control+Enter')
      await page.getByText('The template was saved').first().waitFor()
      const [saved] = (await optio.client.taskTemplates.list()).templates
      expect(saved).toMatchObject({ title: 'Dependencies', priority: 7, repoUrl: null })
      await expectSound(browser, `${optio.url}/templates/tasks/${saved?.id}`)
      await expectSound(browser, `${optio.url}/templates/tasks`)

      await page.goto(`${optio.url}/tasks/new`)
      await page.getByLabel(/^Start from a template/).selectOption('Update a dependency')
      await eventually(() => page.getByLabel('What is to be done').inputValue()).toBe('Update left-pad.')
      await page.getByLabel('What is to be done').fill('Update left-pad to 2.')
      expect(await accessibilityProblems(page)).toEqual([])
      await page.getByRole('button', { name: 'Create the task' }).click()
      await page.getByRole('heading', { level: 1, name: 'Dependencies' }).waitFor()
      const [made] = (await optio.client.tasks.list()).tasks
      expect(made).toMatchObject({ title: 'Dependencies', priority: 7 })

      // The link from the list fills it in as well.
      await page.goto(`${optio.url}/tasks/new?template=${saved?.id}`)
      await eventually(() => page.getByLabel('What is to be done').inputValue()).toBe('Update left-pad.')
      expect(problems).toEqual([])
      await close()
    })
  },
)
