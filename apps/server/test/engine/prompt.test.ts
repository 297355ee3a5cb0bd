import type { PromptTemplateKind } from '@optio/core'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { DEFAULT_WORKSPACE_ID, promptTemplates, type repositories } from '../../src/database/schema/index.ts'
import { saveDefinition, startDefinition } from './support/definitions.ts'
import { type ConnectedRepository, EnginePlace, type Hand } from './support/engine-place.ts'

let place: EnginePlace
let hand: Hand

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start()
})
afterAll(() => place.close())
beforeEach(() => place.database.orm.delete(promptTemplates))

/** The agent says what it was told, and fails. */
const ECHO = ['sh', '-c', 'cat; exit 1']

const repository = (settings: Partial<typeof repositories.$inferInsert> = {}) =>
  place.repository({ agentCommand: ECHO, ...settings })

async function template(kind: PromptTemplateKind, text: string, of: ConnectedRepository | null = null) {
  await place.database.orm.insert(promptTemplates).values({
    id: uuidv7(),
    workspaceId: DEFAULT_WORKSPACE_ID,
    name: 'Ours',
    kind,
    template: text,
    repositoryId: of?.row.id ?? null,
    isDefault: true,
    createdBy: 'test',
  })
}

/** What Optio says, and what the agent was told, of a run that has failed. */
async function told(run: { readonly runId: string }): Promise<{ optio: string; prompt: string }> {
  await place.reaches(run, 'failed')
  const entries = await place.rows<{ stream: string; content: string }>(
    'select stream, content from log_entries where run_id = $1 order by seq',
    run.runId,
  )
  const of = (own: boolean) =>
    entries
      .filter(({ stream }) => (stream === 'optio') === own)
      .map(({ content }) => content)
      .join('\n')
  return { optio: of(true), prompt: of(false) }
}

test('an agent is told by the template for all, by the one of its repository, or by the setting, the nearest first', async () => {
  const [plain, own, set] = [
    await repository(),
    await repository(),
    await repository({ promptTemplateOverride: 'By the setting: {{ task }}' }),
  ]
  await template('prompt', 'For all: {{TASK_TITLE}} in {{REPO_NAME}} on {{ branch }}')
  for (const of of [own, set]) await template('prompt', 'Of the repository: {{ task }}', of)
  const runs = await Promise.all([plain, own, set].map((of) => place.createRun(hand.commands, of)))
  const [all, near, nearest] = await Promise.all(runs.map(told))
  const branch = (await place.run(runs[0] ?? { runId: '' })).branch
  expect(all?.prompt).toMatch(/^For all: A task in test\/repository-/)
  expect(all?.prompt).toContain(` on ${branch}`)
  expect(near?.prompt).toMatch(/^Of the repository: Do it\./)
  expect(nearest?.prompt).toMatch(/^By the setting: Do it\./)
  // What they leave out is told in any case.
  for (const each of [all, near, nearest]) expect(each?.prompt).toContain('Never push')
  expect(all?.prompt).toContain('\nDo it.')
})

test('a template that fails holds up nothing: the agent is told in the built-in words, and the log says so', async () => {
  await template('prompt', '{% for i in (1..100000000) %}{{ i }}{% endfor %}{{ task }}')
  const { optio, prompt } = await told(await place.createRun(hand.commands, await repository()))
  expect(prompt).toMatch(/^# A task\n\n## The task\n\nDo it\./)
  expect(optio).toMatch(/The template “Ours” \(kind prompt\) could not be used: .+ told in Optio's own words/)
})

test('a run without a repository is told by the template for jobs', async () => {
  await template('prompt', 'wrong')
  await template('job', 'A job: {{ task }}')
  const definition = await saveDefinition(place, { agentCommand: ECHO, maxRetries: 0 })
  const { prompt } = await told(
    await startDefinition(hand.commands, definition, { prompt: 'Count.', maxRetries: 0 }),
  )
  expect(prompt).toMatch(/^A job: Count\.\n/)
})
