import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { claimExclusively } from '../../src/platform/exclusive-claim.ts'
import { ownIdentity } from '../../src/platform/process-identity.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optio-claim-'))
})
afterEach(() => rm(directory, { recursive: true }))

/** Rewrites the newest claim as if another process had made it. */
async function forge(change: object): Promise<void> {
  const newest =
    (await readdir(directory))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .at(-1) ?? ''
  const path = join(directory, newest)
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }))
}

const claimed = async (): Promise<boolean> => (await claimExclusively(directory)).claimed

test('of fifty that claim at once, one gets it; a release makes room for one more', async () => {
  for (let round = 0; round < 10; round += 1) {
    const results = await Promise.all(Array.from({ length: 50 }, () => claimExclusively(directory)))
    const winners = results.flatMap((result) => (result.claimed ? [result.claim] : []))
    expect(winners).toHaveLength(1)
    expect(results.filter((result) => !result.claimed && result.holder.pid === process.pid)).toHaveLength(49)
    await winners[0]?.release()
  }
  expect((await readdir(directory)).length).toBeLessThanOrEqual(5)
})

test('the claim of a dead process, and of one whose pid another process has now, is taken over by one', async () => {
  const own = ownIdentity()
  for (const dead of [{ start: '1' }, { bootId: 'an earlier one' }, { pid: 2 ** 22 + 1 }]) {
    const first = await claimExclusively(directory)
    expect(first.claimed).toBe(true)
    expect(await claimed()).toBe(false)
    await forge({ ...own, ...dead })
    const results = await Promise.all(Array.from({ length: 20 }, () => claimExclusively(directory)))
    const winners = results.flatMap((result) => (result.claimed ? [result.claim] : []))
    expect(winners).toHaveLength(1)
    await winners[0]?.release()
  }
})

test('a release by one whose claim was taken over leaves the new holder alone', async () => {
  const first = await claimExclusively(directory)
  await forge({ start: '1' })
  expect(await claimed()).toBe(true)
  if (first.claimed) await first.claim.release()
  expect(await claimed()).toBe(false)
})

test('a claim from another pid namespace counts as long as there is evidence that its holder works', async () => {
  await claimExclusively(directory)
  await forge({ pidNamespace: 'pid:[1]' })
  expect((await claimExclusively(directory, { livesElsewhere: async () => true })).claimed).toBe(false)
  expect((await claimExclusively(directory, { livesElsewhere: async () => false })).claimed).toBe(true)
})

test('a claim file that a crash of the machine left torn keeps nobody out', async () => {
  await writeFile(join(directory, '000007.json'), '{"pid":')
  expect(await claimed()).toBe(true)
})
