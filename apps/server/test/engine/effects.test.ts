import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EnginePlace, until } from './support/engine-place.ts'

const AGENT = ['sh', '-c', 'echo right >answer && git add answer && git commit -qm "Answer"']

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

test('an effect whose result could not be stored is carried out again as soon as it can', async () => {
  const hand = await place.start()
  const repository = await place.repository({ agentCommand: AGENT })
  // As a full disk does: neither the result nor the failure of the effect can be stored.
  await place.rows(`
    create function disk_full() returns trigger language plpgsql as $$
    begin
      raise exception 'could not extend file' using errcode = '53100';
    end $$`)
  await place.rows(`
    create trigger disk_full before update on effects for each row
    when (old.state = 'executing') execute function disk_full()`)
  const run = await place.createRun(hand.commands, repository)
  await until('the effect is being carried out', async () => {
    const [effect] = await place.rows(
      `select 1 from effects where run_id = $1 and state = 'executing'`,
      run.runId,
    )
    return effect
  })
  await until(
    'its result was refused',
    async () => (await repository.git.git('branch', '--list', 'optio/*')) !== '',
  )
  await new Promise((resolve) => setTimeout(resolve, 500))
  await place.rows('drop trigger disk_full on effects')
  await place.reaches(run, 'pr_opened')
  await hand.engine.stop()
})

test('a merge that was decided is not carried out over a change request that came since', async () => {
  const repository = await place.repository({ agentCommand: AGENT, testCommand: 'true', autoMerge: true })
  const hand = await place.start({}, (context) => ({
    ...context,
    forge: (platform) => {
      const forge = context.forge(platform)
      return {
        ...forge,
        // Somebody asks for changes in the moment between the decision and its being carried out.
        async merge(ref, request) {
          return await forge.merge(ref, request)
        },
        async observe(ref, number) {
          const [planned] = await place.rows(`select 1 from effects where kind = 'merge'`)
          const [asked] = await place.rows('select 1 from pull_request_reviews')
          if (planned && !asked) {
            await forge.review(ref, number, {
              author: 'ann',
              state: 'changes_requested',
              body: 'No.',
              comments: [],
            })
          }
          return await forge.observe(ref, number)
        },
      }
    },
  }))
  const run = await place.createRun(hand.commands, repository)
  const before = await repository.git.git('rev-parse', 'main')
  await until('a merge was decided', async () => {
    const [merge] = await place.rows(
      `select 1 from effects where run_id = $1 and kind = 'merge' and state in ('done','dead')`,
      run.runId,
    )
    return merge
  })
  expect(await repository.git.git('rev-parse', 'main')).toBe(before)
  await hand.engine.stop()
  void uuidv7
})
