import { type FSWatcher, watch } from 'node:fs'

/**
 * Notices that something in a directory changes, so that the first line after a pause appears at once. A hint on top of polling:
 * where watching does not work (a limit of the system, a network file system), waiting takes its full time. To be open only
 * while nothing happens: a busy writer makes an event for every line.
 */
export class ChangeWatch {
  readonly #watcher: FSWatcher | null
  #changed = false
  #wake: (() => void) | null = null

  constructor(directory: string) {
    this.#watcher = tryWatch(directory, () => {
      this.#changed = true
      this.#wake?.()
    })
  }

  /** Resolves at the first change since the watch was opened, after `ms` milliseconds, or when `stop` aborts. */
  async wait(ms: number, stop: AbortSignal): Promise<void> {
    if (this.#changed || stop.aborted) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        stop.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      stop.addEventListener('abort', wake)
      this.#wake = wake
    })
    this.#wake = null
  }

  get changed(): boolean {
    return this.#changed
  }

  close(): void {
    this.#watcher?.close()
  }
}

function tryWatch(directory: string, changed: () => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, changed)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return null
  }
}
