import { parseUsd } from '@optio/core'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attemptsOf, awaitState, detailOf, historyOf, readLog } from './support/facts.ts'
import { readStages, readUnfinished, STAGES } from './support/instants.ts'
import { killAgainAndAgain } from './support/kills.ts'
import { followLog, type LogReader } from './support/log-reader.ts'
import { Place } from './support/place.ts'
import { seededRandom, testSeed } from './support/random.ts'
import { git, makeRepository } from './support/repository.ts'
import { promptOf, readJournal, readViolations, SCRIPTED_AGENT, type Script } from './support/scripted.ts'
import { until } from './support/until.ts'

/** 25 in the usual suite; 200 for the full proof. */
const KILLS = Number(process.env.OPTIO_TEST_KILLS ?? 25)
const TASKS_AT_ONCE = 3
const ENV = { OPTIO_MAX_CONCURRENT: String(TASKS_AT_ONCE) }
const LINES = 40

/** What each attempt says it has cost; a sum that floats would get wrong. */
const COSTS: Readonly<Record<string, readonly string[]>> = {
  first: ['0.1', '0.2', '0.000000001'],
  ci_failed: ['0.7', '0.0001'],
}

/** The first proposal fails the check, the second passes. */
function scriptOf(name: string): Script {
  const attempt = (reason: string, content: string): Script[string] => [
    ['session', `session of ${name}`],
    ['err', `errors of ${reason}`],
    ['lines', LINES, 10],
    ...(COSTS[reason] ?? []).map((cost) => ['usage', cost, 10, 1] as const),
    ['write', `answers/${name}`, `${content}\n`],
    ['commit', `${reason} answer of ${name}`],
    ['result', `${reason} done`],
  ]
  return { first: attempt('first', 'wrong'), ci_failed: attempt('ci_failed', 'right') }
}

const CHECK = `sleep 0.3
for file in answers/*; do grep -q right "$file" || { echo "the answer in $file is wrong"; exit 1; }; done`

interface WatchedTask {
  readonly id: string
  readonly name: string
  readonly reader: LogReader
}

describe(`${KILLS} kills of the server at random instants`, () => {
  const seed = testSeed()
  const random = seededRandom(seed)
  const tasks: WatchedTask[] = []
  let place: Place
  let database: pg.Pool
  let repository: string
  let url: string | null = null

  const createTasks = async () => {
    for (let i = 0; i < TASKS_AT_ONCE; i++) {
      const name = `task-${tasks.length + 1}`
      const { task } = await place.client.tasks.create({
        body: {
          title: `Answer ${name}`,
          prompt: promptOf(scriptOf(name)),
          repoUrl: repository,
          agentType: 'command',
        },
      })
      tasks.push({ id: task.id, name, reader: followLog(task.id, () => url) })
    }
  }

  beforeAll(
    async () => {
      console.log(`seed ${seed}: OPTIO_TEST_SEED=${seed} repeats the choice of instants`)
      place = await Place.make()
      repository = await makeRepository(place.root, 'sample', {
        'check.sh': CHECK,
        'answers/none': 'right\n',
      })
      url = (await place.start(ENV)).url
      database = await place.database()
      await place.client.repos.connect({
        body: {
          repoUrl: repository,
          testCommand: 'sh check.sh',
          agentCommand: SCRIPTED_AGENT,
          autoMerge: true,
          maxConcurrentTasks: TASKS_AT_ONCE,
        },
      })
      const { stages, startTimes } = await killAgainAndAgain({
        ...{ place, database, random, kills: KILLS, stages: STAGES, env: ENV, create: createTasks },
        at: (now) => {
          url = now
        },
      })
      await until(
        'every run is finished',
        async () => (await readStages(database, place.dataDir)).length === 0,
        { withinMs: 120_000, seen: () => readStages(database, place.dataDir) },
      ).catch(async () => {
        // Each test below says what its run came to; this says why.
        console.log(JSON.stringify(await readUnfinished(database), null, 1))
      })
      console.log(
        `${KILLS} kills, ${tasks.length} tasks; runs at the kills: ${JSON.stringify(Object.fromEntries(stages))}; ` +
          `restart to ready p50 ${Math.round(startTimes[startTimes.length >> 1] ?? 0)} ms, max ${Math.round(startTimes.at(-1) ?? 0)} ms`,
      )
    },
    60_000 + KILLS * 20_000,
  )

  afterAll(async () => {
    for (const { reader } of tasks) reader.close()
    await place?.close()
  })

  test('every run ends merged, after exactly the attempts it has without kills', async () => {
    for (const { id } of tasks) {
      const task = await awaitState(place.client, id, 'completed', 1_000)
      const attempts = await attemptsOf(place.client, id)
      expect(task.prState).toBe('merged')
      expect(attempts.map(({ reason, state }) => `${reason} ${state}`)).toEqual([
        'first succeeded',
        'ci_failed succeeded',
      ])
    }
  })

  test('the log of every run has each line exactly once, in order, without a gap in seq', async () => {
    for (const { id } of tasks) {
      const log = await readLog(place.client, id)
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1))
      for (const attempt of [1, 2]) {
        const numbered = log.filter((entry) => entry.attempt === attempt && entry.content.startsWith('#'))
        expect(numbered.map(({ content }) => content)).toEqual(
          Array.from({ length: LINES }, (_, i) => `#${attempt}.${i + 1}`),
        )
      }
      expect(
        log.filter(({ content }) => content.startsWith('errors of')).map(({ content }) => content),
      ).toEqual(['errors of first', 'errors of ci_failed'])
      expect(log.filter(({ content }) => /^Attempt \d \(.*\) starts/.test(content))).toHaveLength(2)
    }
  })

  test('a reader of the log that comes back with the last seq has seen exactly what is stored', async () => {
    for (const { id, reader } of tasks) {
      const log = await readLog(place.client, id)
      await until('the reader has everything', () => reader.entries.length >= log.length, { withinMs: 5_000 })
      expect(reader.faults).toEqual([])
      const plain = (entry: (typeof log)[number] | (typeof reader.entries)[number]) =>
        [entry.seq, entry.attempt, entry.stream, entry.logType, entry.content, entry.timestamp].join(' ')
      expect(reader.entries.map(plain)).toEqual(log.map(plain))
    }
  })

  test('every run has exactly one pull request and one merge', async () => {
    const subjects = (await git(repository, 'log', '--format=%s', 'main')).split('\n')
    const { rows } = await database.query<{ run_id: string; n: number }>(
      'select run_id, count(*)::int as n from pull_requests group by run_id',
    )
    for (const { id, name } of tasks) {
      expect(rows.find(({ run_id }) => run_id === id)?.n).toBe(1)
      expect(
        subjects.filter((subject) => subject.startsWith(`Answer ${name} `) || subject === `Answer ${name}`),
      ).toHaveLength(1)
      expect(await git(repository, 'show', `main:answers/${name}`)).toBe('right')
    }
    expect(subjects).toHaveLength(tasks.length + 1)
  })

  test('costs are exact: the sum of what the agents reported', async () => {
    const expected = [...(COSTS.first ?? []), ...(COSTS.ci_failed ?? [])].reduce(
      (sum, cost) => sum + (parseUsd(cost) ?? 0n),
      0n,
    )
    for (const { id } of tasks) {
      const { task } = await detailOf(place.client, id)
      expect(parseUsd(task.costUsd)).toBe(expected)
      expect([task.inputTokens, task.outputTokens]).toEqual([50, 5])
    }
  })

  test('at no time two agents of a run live', async () => {
    for (const { id } of tasks) {
      expect(await readViolations(place.home(id))).toBe('')
      const journal = await readJournal(place.home(id))
      expect(journal.map(({ what, attempt }) => `${what} ${attempt}`)).toEqual([
        'start 1',
        'end 1',
        'start 2',
        'end 2',
      ])
    }
  })

  test('the history of every run is an unbroken chain of states', async () => {
    for (const { id } of tasks) {
      let state: string | null = 'pending'
      for (const event of await historyOf(place.client, id)) {
        if (event.fromState === null) continue
        expect(event.fromState).toBe(state)
        state = event.toState
      }
      expect(state).toBe('completed')
    }
  })
})
