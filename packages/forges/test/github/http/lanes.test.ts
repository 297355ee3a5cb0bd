import { expect, it } from 'vitest'
import { createLanes } from '../../../src/github/http/lanes.ts'

const lanes = (maxWaitMs = { person: 60, background: 5000 }) =>
  createLanes({ atOnce: 8, writeGapMs: 0, maxWaitMs, now: Date.now })

/** A write that is under way until it is let go. */
function held() {
  let release = () => {}
  const promise = new Promise<void>((resolve) => {
    release = resolve
  })
  return { task: () => promise, release: () => release() }
}

it('a write a person waits for is put off when its turn does not come in time, and is not made later', async () => {
  const { run } = lanes()
  const first = held()
  const running = run('write', 'background', first.task)
  let made = 0
  const late = run('write', 'person', async () => void made++)
  await expect(late).rejects.toMatchObject({ reason: 'limited', retryAt: expect.any(Number) })
  const others = [1, 2, 3].map(() => run('write', 'background', async () => void made++))
  first.release()
  await Promise.all([running, ...others])
  expect(made).toBe(3)
})

it('writes that people wait for go before those in the background, and are not counted among them', async () => {
  const { run } = createLanes({
    atOnce: 8,
    writeGapMs: 20,
    maxWaitMs: { person: 150, background: 100_000 },
    now: Date.now,
  })
  const order: string[] = []
  const first = held()
  const all = [run('write', 'background', first.task)]
  for (let i = 0; i < 10; i++) all.push(run('write', 'background', async () => void order.push('background')))
  all.push(run('write', 'person', async () => void order.push('person')))
  first.release()
  await Promise.all(all)
  expect(order[0]).toBe('person')
})

it('a write that would wait too long behind those before it is put off at once', async () => {
  const options = { atOnce: 8, writeGapMs: 3000, now: Date.now }
  const { run } = createLanes({ ...options, maxWaitMs: { person: 4500, background: 7500 } })
  const first = held()
  const all = [run('write', 'person', first.task), run('write', 'person', async () => {})]
  const started = Date.now()
  await expect(run('write', 'person', async () => {})).rejects.toMatchObject({ reason: 'limited' })
  const third = run('write', 'background', async () => {})
  await expect(run('write', 'background', async () => {})).rejects.toMatchObject({ reason: 'limited' })
  expect(Date.now() - started).toBeLessThan(2500)
  third.catch(() => {})
  first.release()
  await Promise.all(all)
})
