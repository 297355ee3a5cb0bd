import type { Mood, World } from './world.ts'

export function startCheck(world: World, headSha: string, baseSha: string): void {
  const there = world.checks.find((check) => check.headSha === headSha && check.baseSha === baseSha)
  if (!there) {
    world.checks.push({ headSha, baseSha, status: 'queued', conclusion: null, stopRequested: false })
  } else if (there.conclusion === 'cancelled' || there.conclusion === 'error') {
    Object.assign(there, { status: 'queued', conclusion: null, stopRequested: false })
  }
}

/** One thing happens to the checks, whoever runs them. */
export function checksAct(world: World, mood: Mood) {
  // Where nothing says that there are any, some may begin all the same, soon after a head came.
  const isNew = world.remoteHead !== null && world.now - world.seenSince(world.remoteHead) < 90_000
  const begins = world.checksRequired || (mood !== 'cooperative' && isNew && world.chance(0.2))
  if (!world.ownChecks && begins && world.remoteHead !== null && world.remote !== null) {
    if (!world.checks.some(({ headSha }) => headSha === world.remoteHead)) {
      return startCheck(world, world.remoteHead, world.base)
    }
  }
  const open = world.checks.find(({ status }) => status !== 'completed')
  if (!open) {
    // Somebody runs a check again that said nothing.
    const mute = world.checks.find(({ conclusion }) => conclusion === 'error' || conclusion === 'cancelled')
    if (mute && !world.ownChecks && mood !== 'hostile')
      Object.assign(mute, { status: 'queued', conclusion: null })
    return
  }
  if (open.stopRequested) return Object.assign(open, { status: 'completed', conclusion: 'cancelled' })
  if (open.status === 'queued') return Object.assign(open, { status: 'running' })
  const broken = mood !== 'cooperative' && world.chance(0.1)
  const good = world.goodCommits.has(open.headSha)
  Object.assign(open, {
    status: 'completed',
    conclusion: broken ? world.pick(['error', 'cancelled'] as const) : good ? 'success' : 'failure',
  })
}
