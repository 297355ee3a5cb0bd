import { AGENT_FAILURE_KINDS, isLive } from '@optio/core'
import type { Mood, World } from './world.ts'

/** Those after which a run does not go on for ever by itself, whatever the world does. */
const FAILURES_THAT_END = AGENT_FAILURE_KINDS.filter((kind) => kind !== 'rate_limit')

/** The agent and its supervisor: one thing happens to the live attempt. */
export function agentActs(world: World, mood: Mood) {
  const { attempt } = world
  if (attempt === null || !isLive(attempt.state)) return
  const random = mood !== 'cooperative'
  if (attempt.stopRequested !== null) {
    return endAttempt(world, 'stopped', attempt.stopRequested)
  }
  if (attempt.state === 'starting') {
    // A hostile world makes the place of what was fetched before: a silent forge holds up no attempt for ever there.
    if (mood !== 'hostile' && missesForge(world)) return
    if (random && world.chance(0.15)) {
      attempt.environmentFault = true
      return endAttempt(world, 'failed')
    }
    if (random && world.chance(0.05)) return endAttempt(world, 'lost')
    // In the engine these two facts change in one transaction; here they may come apart.
    attempt.state = 'running'
    attempt.startedAt = world.now
    attempt.deadlineAt = world.now + 600_000
    if (world.chance(0.7) && world.run.state === 'provisioning') world.moveTo('running')
    return
  }
  if (world.chance(0.3)) {
    world.spent += BigInt(Math.floor(world.random() * 800_000_000))
    attempt.lastOutputAt = world.now
    return
  }
  if (!random) return succeed(world, { commits: true, good: true, dirty: false, verdict: true })
  const fate = world.random()
  if (fate < 0.12) return endAttempt(world, 'lost')
  if (fate < 0.25) return endAttempt(world, 'failed')
  if (fate < 0.3) {
    const kinds = mood === 'chaotic' ? AGENT_FAILURE_KINDS : FAILURES_THAT_END
    attempt.failure = { kind: world.pick(kinds), message: 'it said why', retryAt: null }
    return endAttempt(world, 'failed')
  }
  if (fate < 0.34) return endAttempt(world, 'stopped', 'orphaned')
  if (fate < 0.38) return endAttempt(world, 'stopped', 'deadline')
  if (fate < 0.4) return endAttempt(world, 'stopped', 'output_limit')
  if (fate < 0.42 && mood === 'chaotic') return endAttempt(world, 'stopped', 'operator')
  succeed(world, {
    commits: world.chance(0.8),
    good: mood === 'chaotic' && world.chance(0.5),
    dirty: world.chance(0.25),
    verdict: world.chance(0.6),
  })
}

/** The place of an attempt is made of what the forge has: while that is silent the attempt ends before there is an agent. */
function missesForge(world: World): boolean {
  const { attempt, silence } = world
  if (attempt === null || silence === null || world.run.kind === 'standalone') return false
  const { why, message, until } = silence
  attempt.failure = { kind: 'forge', why, message, retryAt: why === 'limited' ? until : null }
  attempt.errorMessage = message
  endAttempt(world, 'failed')
  attempt.exitCode = null
  return true
}

export function endAttempt(
  world: World,
  state: 'failed' | 'stopped' | 'lost',
  stopReason: NonNullable<World['attempt']>['stopReason'] = null,
): void {
  const { attempt } = world
  if (attempt === null) return
  Object.assign(attempt, { state, stopReason, endedAt: world.now, exitCode: state === 'failed' ? 1 : null })
}

export function succeed(
  world: World,
  did: { commits: boolean; good: boolean; dirty: boolean; verdict: boolean },
): void {
  const { attempt } = world
  if (attempt === null) return
  if (world.run.kind !== 'repo') {
    const result = did.verdict ? 'Well:\n```json\n{"verdict":"approve","summary":"Good."}\n```\n' : 'Done.'
    Object.assign(attempt, { state: 'succeeded', exitCode: 0, endedAt: world.now, result })
    return
  }
  if (did.commits) world.cloneHead = world.newCommit(did.good)
  Object.assign(attempt, {
    state: 'succeeded',
    exitCode: 0,
    endedAt: world.now,
    outcome: {
      headSha: world.cloneHead,
      baseSha: world.base,
      commitsAhead: world.cloneHead === null ? 0 : 1,
      dirtyFiles: did.dirty ? ['left.txt'] : [],
      dirtyTotal: did.dirty ? 1 : 0,
    },
  })
}
