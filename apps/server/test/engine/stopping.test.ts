import { afterAll, beforeAll, expect, test } from 'vitest'
import { keepEngine } from '../../src/engine/keep-engine.ts'
import { EnginePlace, until } from './support/engine-place.ts'

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
  await place.rows(`
    create function slowly() returns trigger language plpgsql as $$
    begin
      perform pg_sleep(1);
      return new;
    end $$`)
})
afterAll(() => place.close())

const sleeping = async () =>
  await place.rows(
    `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
  )

/** Inserts into the table take a second from now on; the answer waits until one is under way. */
async function slowInserts(table: 'attempts' | 'processes'): Promise<() => Promise<void>> {
  await place.rows(`create trigger slowly before insert on ${table} for each row execute function slowly()`)
  return async () => {
    await until(`an insert into ${table} is under way`, async () => (await sleeping()).length > 0)
  }
}

test('what is claimed while agents are told to end is ended too', async () => {
  const hand = await place.start()
  const repository = await place.repository({ agentCommand: ['sleep', '60'] })
  const insert = await slowInserts('attempts')
  await place.createRun(hand.commands, repository)
  await insert()
  const begun = performance.now()
  await hand.engine.endAgents()
  expect(performance.now() - begun).toBeLessThan(20_000)
  expect(hand.engine.supervised).toBe(0)
  await hand.engine.stop()
  expect(await place.rows(`select from attempts where state in ('starting', 'running')`)).toEqual([])
  await place.rows('drop trigger slowly on attempts')
})

test('an engine that is told to stop while it joins again leaves no process on the list', async () => {
  const kept = await keepEngine(await place.context({ maxConcurrent: 0 }))
  const insert = await slowInserts('processes')
  // The connection that shows that it lives.
  await place.rows(`
    select pg_terminate_backend(l.pid) from pg_locks l join processes p
    on ((l.classid::bigint << 32) | l.objid::bigint) = p.lock_key
    where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())`)
  await insert()
  await kept.stop()
  await until('no insert is under way', async () => (await sleeping()).length === 0)
  expect(await place.rows('select from processes')).toEqual([])
})
