import { parseUsd, REVIEW_AUTHOR } from '@optio/core'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { historyOf, readLog } from './support/facts.ts'
import { readStages, readUnfinished, STAGES, STAGES_OF_REVIEWS } from './support/instants.ts'
import { killAgainAndAgain } from './support/kills.ts'
import { Place } from './support/place.ts'
import { seededRandom, testSeed } from './support/random.ts'
import { git, makeRepository } from './support/repository.ts'
import {
  promptOf,
  readJournal,
  readViolations,
  SCRIPTED_AGENT,
  type Script,
  type Steps,
} from './support/scripted.ts'
import { until } from './support/until.ts'

/** 15 in the usual suite; as many as are asked for in the full proof. */
const KILLS = Number(process.env.OPTIO_TEST_KILLS ?? 15)
const ENV = { OPTIO_MAX_CONCURRENT: '4' }
const LINES = 30
const COST = '0.123456789'
const STEPS_OF_A_PIPELINE = 2
const RUNS_OF_A_JOB = 2

/** What every attempt of every kind says before it does its work. */
const talk: Steps = [
  ['lines', LINES, 10],
  ['usage', COST, 10, 1],
]
const answer = (name: string, content: string): Steps => [
  ...talk,
  ['write', `answers/${name}`, `${content}\n`],
  ['commit', `Say ${content}`],
  ['result', content],
]

/** The check refuses the first proposal, the reviewer the second; both are content with the third. */
const reviewed = (name: string): Script => ({
  first: answer(name, 'wrong'),
  ci_failed: answer(name, 'right'),
  review: answer(name, 'right and fine'),
  reviewer: [...talk, ['verdict', `answers/${name}`, 'fine']],
})

/** Each step needs what the one before has merged. */
const step = (name: string, number: number): Script => ({
  any: [
    ...(number === 1 ? [] : ([['sh', `grep -q right answers/${name}-${number - 1}`]] as const)),
    ...answer(`${name}-${number}`, 'right'),
  ],
})

const JOB: Script = {
  first: [...talk, ['exit', 3]],
  retry: [...talk, ['result', 'The job is done.']],
}

const CHECK = `sleep 0.2
for file in answers/*; do grep -q right "$file" || { echo "the answer in $file is wrong"; exit 1; }; done`

interface Row {
  readonly id: string
  readonly kind: 'repo' | 'standalone' | 'review'
  readonly task_type: string
  readonly parent_run_id: string | null
  readonly state: string
  readonly title: string
  readonly result_summary: string | null
  readonly verdict: { verdict: string } | null
  readonly review_head_sha: string | null
  readonly started_at: Date
  readonly completed_at: Date
  readonly cost: string
  /** “reason state” of each attempt. */
  readonly attempts: readonly string[]
}

describe(`${KILLS} kills of the server while runs of every kind are under way`, () => {
  const seed = testSeed()
  const random = seededRandom(seed)
  let place: Place
  let database: pg.Pool
  let runs: Row[] = []
  let batches = 0
  let withReviews = ''
  let withoutReviews = ''
  let job = ''

  const create = async () => {
    const name = `batch-${++batches}`
    const { tasks, runs: starts, subtasks } = place.client
    await tasks.create({
      body: { title: `Reviewed ${name}`, prompt: promptOf(reviewed(name)), repoUrl: withReviews },
    })
    const { task: parent } = await tasks.create({
      body: {
        title: `Pipeline ${name}`,
        prompt: promptOf({ any: answer(name, 'right') }),
        repoUrl: withoutReviews,
      },
    })
    for (let number = 1; number <= STEPS_OF_A_PIPELINE; number++) {
      await subtasks.create({
        params: { id: parent.id },
        body: { title: `Step ${number} of ${name}`, taskType: 'step', prompt: promptOf(step(name, number)) },
      })
    }
    for (let i = 0; i < RUNS_OF_A_JOB; i++) await starts.start({ params: { id: job }, body: {} })
  }

  const readRuns = async () =>
    (
      await database.query<Row>(`
        select r.*, (select sum(a.cost_usd)::text from attempts a where a.run_id = r.id) as cost,
          array(select a.reason || ' ' || a.state from attempts a where a.run_id = r.id order by a.number) as attempts
        from runs r order by r.created_at, r.id`)
    ).rows

  const connect = async (name: string, settings: object) => {
    const repoUrl = await makeRepository(place.root, name, { 'check.sh': CHECK, 'answers/none': 'right\n' })
    const command = { testCommand: 'sh check.sh', agentCommand: SCRIPTED_AGENT, autoMerge: true }
    await place.client.repos.connect({ body: { repoUrl, ...command, maxConcurrentTasks: 4, ...settings } })
    return repoUrl
  }

  beforeAll(
    async () => {
      console.log(`seed ${seed}: OPTIO_TEST_SEED=${seed} repeats the choice of instants`)
      place = await Place.make()
      await place.start(ENV)
      database = await place.database()
      withReviews = await connect('reviewed', { reviewEnabled: true, reviewTrigger: 'on_ci_pass' })
      withoutReviews = await connect('plain', {})
      const { task } = await place.client.tasks.create({
        body: {
          ...{ type: 'standalone', name: 'The job', prompt: promptOf(JOB), agentType: 'command' },
          ...{ agentCommand: SCRIPTED_AGENT, maxConcurrent: 1, maxRetries: 1 },
        },
      })
      job = task.id
      const { stages, startTimes } = await killAgainAndAgain({
        ...{ place, database, random, kills: KILLS, env: ENV, create, at: () => {} },
        stages: [...STAGES, ...STAGES_OF_REVIEWS],
      })
      await until(
        'every run is finished',
        async () => (await readStages(database, place.dataDir)).length === 0,
        { withinMs: 120_000, seen: () => readStages(database, place.dataDir) },
      ).catch(async () => {
        // Each test below says what its run came to; this says why.
        console.log(JSON.stringify(await readUnfinished(database), null, 1))
      })
      runs = await readRuns()
      console.log(
        `${KILLS} kills, ${runs.length} runs; at the kills: ${JSON.stringify(Object.fromEntries(stages))}; ` +
          `restart to ready p50 ${Math.round(startTimes[startTimes.length >> 1] ?? 0)} ms`,
      )
    },
    90_000 + KILLS * 30_000,
  )

  afterAll(() => place?.close())

  const named = (prefix: string) => runs.filter(({ title }) => title.startsWith(prefix))

  test('each task ends merged, after exactly the attempts and the reviews it has without kills', async () => {
    expect(named('Reviewed ')).toHaveLength(batches)
    for (const run of named('Reviewed ')) {
      expect(run).toMatchObject({
        state: 'completed',
        attempts: ['first succeeded', 'ci_failed succeeded', 'review succeeded'],
      })
      const reviews = runs.filter(({ parent_run_id }) => parent_run_id === run.id)
      expect(reviews.map(({ kind, state, verdict }) => `${kind} ${state} ${verdict?.verdict}`)).toEqual([
        'review completed request_changes',
        'review completed approve',
      ])
      for (const { attempts } of reviews) expect(attempts).toEqual(['first succeeded'])
    }
  })

  test('each verdict is shown on the pull request once, for the commit that was read', async () => {
    for (const run of named('Reviewed ')) {
      const { rows } = await database.query(
        `select v.author, v.state, v.head_sha from pull_request_reviews v
         join pull_requests p on (p.repository_id, p.number) = (v.repository_id, v.pr_number)
         where p.run_id = $1 order by v.submitted_at`,
        [run.id],
      )
      const reviews = runs.filter(({ parent_run_id }) => parent_run_id === run.id)
      expect(rows).toEqual(
        ['changes_requested', 'approved'].map((state, i) => ({
          ...{ author: REVIEW_AUTHOR, state, head_sha: reviews[i]?.review_head_sha },
        })),
      )
    }
  })

  test('the steps of a pipeline run in order, each on what the one before merged, and the whole ends last', async () => {
    expect(named('Pipeline ')).toHaveLength(batches)
    for (const parent of named('Pipeline ')) {
      const steps = runs.filter(({ parent_run_id }) => parent_run_id === parent.id)
      expect(steps).toHaveLength(STEPS_OF_A_PIPELINE)
      for (const [i, run] of [...steps, parent].entries()) {
        expect(run).toMatchObject({ state: 'completed', attempts: ['first succeeded'] })
        const before = steps[i - 1]
        if (before && run !== parent) expect(run.started_at >= before.completed_at).toBe(true)
        expect(parent.completed_at >= run.completed_at).toBe(true)
      }
    }
  })

  test('each run of the job ends with its result, after one retry', () => {
    const jobs = runs.filter(({ kind }) => kind === 'standalone')
    expect(jobs).toHaveLength(batches * RUNS_OF_A_JOB)
    for (const run of jobs) {
      expect(run).toMatchObject({
        ...{ state: 'completed', result_summary: 'The job is done.' },
        attempts: ['first failed', 'retry succeeded'],
      })
    }
  })

  test('the log of every run has each line exactly once, in order, without a gap in seq', async () => {
    for (const { id, attempts } of runs) {
      const log = await readLog(place.client, id)
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1))
      const numbered = log.filter(({ content }) => content.startsWith('#')).map(({ content }) => content)
      expect(numbered).toEqual(
        attempts.flatMap((_, attempt) => Array.from({ length: LINES }, (_, i) => `#${attempt + 1}.${i + 1}`)),
      )
    }
  })

  test('costs are exact: the sum of what the agents reported', () => {
    for (const { cost, attempts } of runs) {
      expect(parseUsd(cost)).toBe((parseUsd(COST) ?? 0n) * BigInt(attempts.length))
    }
  })

  test('at no time two agents of a run live, nor more runs of the job than it allows', async () => {
    const moves: { at: number; by: number }[] = []
    for (const { id, kind, attempts } of runs) {
      expect(await readViolations(place.home(id))).toBe('')
      const journal = await readJournal(place.home(id))
      expect(journal.map(({ what, attempt }) => `${what} ${attempt}`)).toEqual(
        attempts.flatMap((_, i) => [`start ${i + 1}`, `end ${i + 1}`]),
      )
      if (kind !== 'standalone') continue
      moves.push(...journal.map(({ what, at }) => ({ at, by: what === 'start' ? 1 : -1 })))
    }
    let inside = 0
    for (const { by } of moves.sort((a, b) => a.at - b.at || a.by - b.by)) {
      inside += by
      expect(inside).toBeLessThanOrEqual(1)
    }
  })

  test('every pull request is merged once, and nothing else is in the repositories', async () => {
    for (const repository of [withReviews, withoutReviews]) {
      const subjects = (await git(repository, 'log', '--format=%s', 'main')).split('\n')
      const expected = repository === withReviews ? batches : batches * (1 + STEPS_OF_A_PIPELINE)
      expect(subjects).toHaveLength(1 + expected)
    }
  })

  test('the history of every run is an unbroken chain of states', async () => {
    for (const { id } of runs) {
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
