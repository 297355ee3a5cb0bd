import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswer } from '../../no-answer.ts'
import type { Priority } from './client.ts'

/** A write that would wait longer than this for its turn is better tried again later, milliseconds. */
const MAX_WRITE_WAIT_MS = 30_000

export interface Lanes {
  /** Runs it as soon as there is room, people first; a write additionally when all before it are done, and not too soon after the last. */
  run<T>(kind: 'read' | 'write', priority: Priority, task: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly priority: Priority
  readonly go: () => void
}

/**
 * What GitHub asks of those who want to stay clear of its secondary limits: few requests at a time, and writes one after the other
 * with a second between them.
 */
export function createLanes(options: {
  readonly atOnce: number
  readonly writeGapMs: number
  readonly now: () => number
}): Lanes {
  const { writeGapMs, now } = options
  const room = createGate(options.atOnce)
  const writing = createGate(1)
  let nextWriteAt = 0

  const inRoom = async <T>(priority: Priority, task: () => Promise<T>): Promise<T> => {
    await room.enter(priority)
    try {
      return await task()
    } finally {
      room.leave()
    }
  }
  return {
    run: async (kind, priority, task) => {
      if (kind === 'read') return await inRoom(priority, task)
      const wait = Math.max(0, nextWriteAt - now()) + writing.before() * writeGapMs
      if (priority === 'background' && wait > MAX_WRITE_WAIT_MS) {
        const words =
          'Many things are to be written to GitHub, which takes one a second. This one comes later.'
        throw new NoAnswer('limited', words, { retryAt: now() + wait })
      }
      await writing.enter(priority)
      try {
        const rest = nextWriteAt - now()
        if (rest > 0) await sleep(Math.min(rest, writeGapMs))
        return await inRoom(priority, task)
      } finally {
        nextWriteAt = now() + writeGapMs
        writing.leave()
      }
    },
  }
}

function createGate(size: number) {
  let inside = 0
  const queue: Waiting[] = []
  return {
    /** How many are in it or waiting for it. */
    before: () => inside + queue.length,
    enter: (priority: Priority): Promise<void> => {
      if (inside < size) {
        inside++
        return Promise.resolve()
      }
      return new Promise<void>((go) => {
        const before = priority === 'person' ? queue.findIndex((each) => each.priority === 'background') : -1
        queue.splice(before === -1 ? queue.length : before, 0, { priority, go })
      })
    },
    /** Whoever is next takes the place over. */
    leave: (): void => {
      const next = queue.shift()
      if (next === undefined) inside--
      else next.go()
    },
  }
}
