import type { Forge } from '@optio/forges'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startOptio, type TestOptio } from './support/optio.ts'

/** What the forge is asked, and what it says in the end; null: there is no such branch. */
let looks: { branch: string; end: (head: string | null) => void }[] = []
let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio([], ({ forgeFor }) => ({
    forgeFor: (platform) => slowToTell(forgeFor(platform)),
  }))
})
beforeEach(() => {
  looks = []
})
afterAll(() => optio.close())

function slowToTell(forge: Forge): Forge {
  const branchHead: Forge['branchHead'] = (_, branch) => new Promise((end) => looks.push({ branch, end }))
  return new Proxy(forge, {
    get(target, name) {
      if (name === 'branchHead') return branchHead
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

describe('tasks of one branch that are made at the same time', () => {
  it('are made after one look for it, and those within the second after it need none', async () => {
    const { repo } = await optio.connected()
    const made = Array.from({ length: 12 }, () => optio.task(repo))
    await expect.poll(() => looks.length).toBe(1)
    looks[0]?.end('a'.repeat(40))
    await Promise.all(made)
    await optio.task(repo)
    expect(looks).toHaveLength(1)
  })

  it('are not refused because of a look that began before they came', async () => {
    const { repo } = await optio.connected()
    const first = optio.task(repo)
    await expect.poll(() => looks.length).toBe(1)
    const second = optio.task(repo)
    const told = Promise.allSettled([first, second])
    // It is waiting for the look of the first: nothing tells but that it asks nothing itself.
    await optio.client.system.get()
    expect(looks).toHaveLength(1)
    looks[0]?.end(null)
    await expect.poll(() => looks.length).toBe(2)
    looks[1]?.end('a'.repeat(40))
    expect(await told).toMatchObject([
      { status: 'rejected', reason: { code: 'BRANCH_NOT_FOUND' } },
      { status: 'fulfilled' },
    ])
  })
})
