import { afterAll, beforeAll, expect, test } from 'vitest'
import { EnginePlace, type Hand, type RunRow, until } from './support/engine-place.ts'

/** Says what it was told, and commits a file of its own in each attempt. */
const AGENT = [
  'sh',
  '-c',
  'cat "$OPTIO_PROMPT_FILE"; echo x >"attempt-$OPTIO_ATTEMPT" && git add . && git commit -qm "Attempt $OPTIO_ATTEMPT"',
]

let place: EnginePlace
let hand: Hand

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start()
})
afterAll(() => place.close())

/** The run once it rests in a state after so many attempts. */
async function rests(run: { runId: string }, attempts: number, state: RunRow['state']): Promise<RunRow> {
  return await until(`it is ${state} after attempt ${attempts}`, async () => {
    const row = await place.run(run)
    const [made] = await place.rows<{ count: number }>(
      'select count(*)::int as count from attempts where run_id = $1',
      run.runId,
    )
    return row.state === state && made?.count === attempts ? row : null
  })
}

/** What the agent of an attempt was told. */
async function promptOf(run: { runId: string }, attempt: number): Promise<string> {
  const lines = await place.rows<{ content: string }>(
    `select content from log_entries where run_id = $1 and attempt = $2 and stream = 'stdout' order by seq`,
    ...[run.runId, attempt],
  )
  return lines.map(({ content }) => content).join('\n')
}

test('on a branch that somebody put back, a resumed agent builds on what is there, with what was not published yet', async () => {
  const repository = await place.repository({ agentCommand: AGENT })
  const { git } = repository.git
  const run = await place.createRun(hand.commands, repository)
  const { branch, publishedSha: first } = await rests(run, 1, 'pr_opened')
  if (!branch || !first) throw new Error('nothing was published')
  await hand.commands.forceRestart(run, { prompt: null }, 'ann')
  await rests(run, 2, 'pr_opened')
  await git('update-ref', `refs/heads/${branch}`, first)
  await hand.commands.forceRestart(run, { prompt: null }, 'ann')
  expect(await rests(run, 3, 'needs_attention')).toMatchObject({ attentionCode: 'branch_moved' })
  expect(await git('rev-parse', branch)).toBe(first)

  await hand.commands.resume(run, { prompt: null }, 'ann')
  await rests(run, 4, 'pr_opened')
  const files = (await git('ls-tree', '--name-only', branch))
    .split('\n')
    .filter((name) => /^attempt/.test(name))
  expect(files).toEqual(['attempt-1', 'attempt-3', 'attempt-4'])
  await git('merge-base', '--is-ancestor', first, branch)
  expect(await promptOf(run, 4)).toContain('Somebody else has pushed to your branch')
  const shown = await place.run(run)
  expect(shown.publishedSha).toBe(await git('rev-parse', branch))
})

test('a resumed agent is told what the person says, and after that what stands open', async () => {
  const repository = await place.repository({
    agentCommand: AGENT,
    testCommand: 'echo the reason why it failed; exit 1',
    autoResume: false,
  })
  const run = await place.createRun(hand.commands, repository)
  expect(await rests(run, 1, 'needs_attention')).toMatchObject({ attentionCode: 'checks_failing' })
  await hand.commands.resume(run, { prompt: 'Mind the gap.' }, 'ann')
  await rests(run, 2, 'needs_attention')
  const told = await promptOf(run, 2)
  expect(told).toMatch(/Mind the gap\.[\s\S]*## Failed checks[\s\S]*the reason why it failed/)
  await hand.commands.resume(run, { prompt: null }, 'ann')
  await rests(run, 3, 'needs_attention')
  expect(await promptOf(run, 3)).toContain('the reason why it failed')
})
