import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswer } from '../../no-answer.ts'
import type { Priority } from './client.ts'

/** A write that would wait longer than this for its turn is better tried again later, milliseconds; a person waits for no more. */
const MAX_WAIT_MS: Readonly<Record<Priority, number>> = { person: 10_000, background: 30_000 }

export interface Lanes {
  /**
   * Runs it as soon as there is room, people first; a write additionally when all before it are done, and not too soon after the last.
   * Throws `NoAnswer` (`limited`) for a write whose turn does not come in time: it is not made.
   */
  run<T>(kind: 'read' | 'write', priority: Priority, task: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly priority: Priority
  /** Told whether it may enter. */
  readonly go: (mayEnter: boolean) => void
}

/**
 * What GitHub asks of those who want to stay clear of its secondary limits: few requests at a time, and writes one after the other
 * with a second between them.
 */
export function createLanes(options: {
  readonly atOnce: number
  readonly writeGapMs: number
  /** How long a write waits for its turn at most; by default 30 s, and 10 s where a person waits for it. */
  readonly maxWaitMs?: Readonly<Record<Priority, number>>
  readonly now: () => number
}): Lanes {
  const { writeGapMs, maxWaitMs = MAX_WAIT_MS, now } = options
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
      const wait = Math.max(0, nextWriteAt - now()) + writing.before(priority) * writeGapMs
      const limit = maxWaitMs[priority]
      if (wait > limit || !(await writing.enter(priority, limit))) {
        const words =
          'Many things are to be written to GitHub, which takes one a second. This one comes later.'
        throw new NoAnswer('limited', words, { retryAt: now() + Math.max(wait, writeGapMs) })
      }
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
  const placeFor = (priority: Priority): number => {
    const background = priority === 'person' ? queue.findIndex((each) => each.priority === 'background') : -1
    return background === -1 ? queue.length : background
  }
  return {
    /** How many are in it, or would come into it before one of this priority. */
    before: (priority: Priority) => inside + placeFor(priority),
    /** @param maxWaitMs after this it is not entered any more, and the answer is false. */
    enter: (priority: Priority, maxWaitMs?: number): Promise<boolean> => {
      if (inside < size) {
        inside++
        return Promise.resolve(true)
      }
      return new Promise((answer) => {
        let timer: NodeJS.Timeout | undefined
        const waiting: Waiting = {
          priority,
          go: (mayEnter) => {
            clearTimeout(timer)
            answer(mayEnter)
          },
        }
        queue.splice(placeFor(priority), 0, waiting)
        if (maxWaitMs === undefined) return
        timer = setTimeout(() => {
          queue.splice(queue.indexOf(waiting), 1)
          waiting.go(false)
        }, maxWaitMs)
      })
    },
    /** Whoever is next takes the place over. */
    leave: (): void => {
      const next = queue.shift()
      if (next === undefined) inside--
      else next.go(true)
    },
  }
}
