import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Outlet, PacedReader, type Page } from '../../src/features/events/paced-reader.ts'
import { quiet } from '../support/test-server.ts'

/** What happens to a reader, in any order. */
type Happening =
  | { kind: 'store'; count: number; offered: boolean; told: boolean }
  | { kind: 'offer an old one again' }
  | { kind: 'stop reading' }
  | { kind: 'read again' }
  | { kind: 'database away' }
  | { kind: 'time passes' }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant('store' as const),
    count: fc.integer({ min: 1, max: 7 }),
    offered: fc.boolean(),
    told: fc.boolean(),
  }),
  fc.constantFrom(
    { kind: 'offer an old one again' as const },
    { kind: 'stop reading' as const },
    { kind: 'read again' as const },
    { kind: 'database away' as const },
    { kind: 'time passes' as const },
  ),
)

/** A client with room for five frames until it reads. */
class SlowOutlet implements Outlet {
  readonly open = true
  readonly sent: number[] = []
  reading = true
  waiting = 0
  most = 0
  #release: () => void = () => undefined

  get roomy(): boolean {
    return this.reading || this.waiting < 5
  }

  send(frame: Buffer): void {
    this.sent.push(Number(frame))
    if (!this.reading) this.waiting += 1
    this.most = Math.max(this.most, this.waiting)
  }

  async room(): Promise<void> {
    while (!this.roomy) await new Promise<void>((resolve) => (this.#release = resolve))
  }

  readOn(): void {
    this.reading = true
    this.waiting = 0
    this.#release()
  }
}

const PAGE = 3
const frame = (position: number) => Buffer.from(String(position))

test('whatever goes wrong on the way, everything is sent once and in order, and little of it waits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 40 }), async (happenings) => {
      const outlet = new SlowOutlet()
      let stored = 0
      let away = false
      const read = async (after: number): Promise<Page> => {
        await Promise.resolve()
        if (away) {
          away = false
          throw new Error('the database is away')
        }
        const last = Math.min(stored, after + PAGE)
        const frames = Array.from({ length: last - after }, (_, index) => frame(after + index + 1))
        return { frames, last, more: last < stored }
      }
      const reader = new PacedReader({ outlet, after: 0, read, log: quiet, retryMs: 0 })
      for (const what of happenings) {
        if (what.kind === 'store') {
          const after = stored
          stored += what.count
          const frames = Array.from({ length: what.count }, (_, index) => frame(after + index + 1))
          if (what.offered) reader.offer(after, stored, () => frames)
          if (what.told) reader.goesTo(stored)
        } else if (what.kind === 'offer an old one again' && stored > 0) {
          reader.offer(stored - 1, stored, () => [frame(stored)])
        } else if (what.kind === 'stop reading') outlet.reading = false
        else if (what.kind === 'read again') outlet.readOn()
        else if (what.kind === 'database away') away = true
        else await new Promise((resolve) => setImmediate(resolve))
      }
      outlet.readOn()
      reader.readAgain()
      for (let turn = 0; outlet.sent.length < stored && turn < 1_000; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      expect(outlet.sent).toEqual(Array.from({ length: stored }, (_, index) => index + 1))
      // Five make it full; on top of four that wait there can come one batch or page.
      expect(outlet.most).toBeLessThan(5 + 7)
    }),
    { numRuns: 300 },
  )
})
