import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { readStages, type Stage } from './instants.ts'
import type { Place } from './place.ts'
import type { Random } from './random.ts'

/** Longer than any stage takes to come again; then the kill is done wherever the runs are. */
const STAGE_WITHIN_MS = 4_000

export interface KillPlan {
  readonly place: Place
  readonly database: pg.Pool
  readonly random: Random
  readonly kills: number
  /** Stages that are aimed at, besides random moments and the server's own start. */
  readonly stages: readonly Stage[]
  /** Settings of each server that is started. */
  readonly env: Readonly<Record<string, string>>
  /** Makes more work; asked for when nothing is unfinished. */
  readonly create: () => Promise<void>
  /** Told the address of the server, and null as long as there is none. */
  readonly at: (url: string | null) => void
}

/** What was killed, and how long the server took to come back. */
export interface KillReport {
  /** Kills by where runs were then. */
  readonly stages: ReadonlyMap<string, number>
  readonly startTimes: readonly number[]
}

/** Kills the server again and again, at the stages and at random instants, and starts it each time. */
export async function killAgainAndAgain(plan: KillPlan): Promise<KillReport> {
  const { place, database, random, kills, stages: aims } = plan
  const stages = new Map<string, number>()
  const startTimes: number[] = []
  const count = (what: string) => stages.set(what, (stages.get(what) ?? 0) + 1)
  const targets = random.shuffled(
    Array.from(
      { length: kills },
      (_, i) => ['random', 'starting', ...aims][i % (aims.length + 2)] ?? 'random',
    ),
  )
  for (const target of targets) {
    if ((await readStages(database, place.dataDir)).length === 0) await plan.create()
    if (target === 'starting') {
      await killDuringStart(plan)
      count('starting')
    } else {
      if (target === 'random') await sleep(random.below(2_000))
      const now =
        target === 'random'
          ? await readStages(database, place.dataDir)
          : await awaitStage(plan, target as Stage)
      plan.at(null)
      await place.server.kill()
      for (const stage of new Set(now)) count(stage)
      if (now.length === 0) count('all finished')
    }
    plan.at(null)
    const server = await place.start(plan.env)
    startTimes.push(server.startMs)
    plan.at(server.url)
  }
  return { stages, startTimes: startTimes.sort((a, b) => a - b) }
}

/** Waits until a run is in the stage, then a little longer; answers where the runs are then. */
async function awaitStage({ database, place, random }: KillPlan, stage: Stage): Promise<Stage[]> {
  const end = performance.now() + STAGE_WITHIN_MS
  let stages = await readStages(database, place.dataDir)
  while (!stages.includes(stage) && stages.length > 0 && performance.now() < end) {
    await sleep(1)
    stages = await readStages(database, place.dataDir)
  }
  const longer = random.below(4) === 0 ? random.below(60) : 0
  if (longer > 0) await sleep(longer)
  return stages
}

/** One kill while the server starts: runs are adopted at that moment. */
async function killDuringStart({ place, random, env }: KillPlan): Promise<void> {
  await place.server.kill()
  const starting = place.spawn(env)
  await Promise.race([sleep(random.below(900)), starting.ended])
  starting.child.kill('SIGKILL')
  await starting.ended
}
