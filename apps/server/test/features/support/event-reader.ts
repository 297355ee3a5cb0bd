import { once } from 'node:events'
import { type EventFrame, eventFrame } from '@optio/contract'
import WebSocket from 'ws'

/** A reader of `/ws/events`, connected before it is answered. Frames are checked against the contract. */
export interface EventReader {
  readonly frames: EventFrame[]
  /** The first frame of the type (and of the task), now or within some seconds. */
  next(type: string, taskId?: string): Promise<EventFrame>
  close(): Promise<void>
}

export async function readEvents(url: string, query = ''): Promise<EventReader> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/events${query}`)
  const frames: EventFrame[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    frames.push(eventFrame.parse(JSON.parse(String(data))))
    for (const look of waiting) look()
  })
  await once(socket, 'open')
  return {
    frames,
    next: (type, taskId) =>
      new Promise((resolve, reject) => {
        const isIt = (frame: EventFrame) =>
          frame.type === type && (taskId === undefined || frame.taskId === taskId)
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`No ${type} among ${frames.map((frame) => frame.type).join(', ')}.`))
        }, 10_000)
        const look = () => {
          const found = frames.find(isIt)
          if (!found) return
          clearTimeout(timer)
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    async close() {
      socket.close()
      await once(socket, 'close')
    },
  }
}
