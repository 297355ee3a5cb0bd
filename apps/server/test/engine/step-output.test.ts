import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAgentAccess } from '../../src/engine/credentials/agent-access.ts'
import { EnginePlace, type Hand } from './support/engine-place.ts'

const KEY = 'a-key-that-must-stay-secret'
/** Prints the key without holding it: the command itself is a setting that people read. */
const PRINT = `echo "read: a-key-$(echo that)-must-stay-secret"`

let place: EnginePlace
let hand: Hand

beforeAll(async () => {
  place = await EnginePlace.make()
  hand = await place.start({}, (context) => ({
    ...context,
    agentAccess: createAgentAccess({
      secrets: null,
      env: { PATH: process.env.PATH, ANTHROPIC_API_KEY: KEY },
      home: join(place.directory, 'home'),
    }),
  }))
})
afterAll(() => place.close())

async function everythingStored(): Promise<string> {
  const tables = ['log_entries', 'attempts', 'runs', 'events', 'check_runs']
  const rows = await Promise.all(
    tables.map((table) => place.rows<{ row: string }>(`select to_jsonb(t)::text as row from ${table} t`)),
  )
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n')
}

test('a credential that a failing set-up prints is stored nowhere', async () => {
  const repository = await place.repository({ setupCommands: `${PRINT}; exit 1` })
  const run = await place.createRun(hand.commands, repository)
  const { errorMessage } = await place.reaches(run, 'needs_attention')
  expect(errorMessage).toContain('read: [redacted]')
  expect(await everythingStored()).not.toContain(KEY)
})

test('a credential that a check prints is stored nowhere, whether it fails or passes', async () => {
  for (const end of [1, 0]) {
    const repository = await place.repository({
      agentCommand: ['sh', '-c', 'echo right >answer && git add answer && git commit -qm Answer'],
      testCommand: `${PRINT}; exit ${end}`,
      autoResume: false,
      autoMerge: true,
    })
    const run = await place.createRun(hand.commands, repository)
    await place.reaches(run, end === 0 ? 'completed' : 'needs_attention')
    const [check] = await place.rows<{ log: string }>(
      'select log from check_runs where run_id = $1',
      run.runId,
    )
    expect(check?.log).toContain('read: [redacted]')
  }
  expect(await everythingStored()).not.toContain(KEY)
})
