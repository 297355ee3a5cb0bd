import { expect } from 'vitest'

/** Expects it of what is read again and again, for as long as a busy machine may take. */
export function eventually<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { timeout: 20_000, interval: 100 })
}
